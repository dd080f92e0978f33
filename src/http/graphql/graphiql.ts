import type { GraphiQLOptions } from 'graphql-yoga'

// Tabs can be dragged into another order, and until that animation has settled a tab is drawn beside where the pointer
// meets it: the first click on another tab opens nothing.
const STYLE = '<style>.graphiql-tab { transform: none !important }</style>'

/** GraphiQL as one page that asks for nothing from elsewhere. It is large, and production never loads it. */
export async function renderGraphiQLPage(options?: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL(options).replace('</head>', `${STYLE}</head>`)
}
