import type { GraphiQLOptions } from 'graphql-yoga'

// Otherwise phones draw it as wide as a desktop's window.
const VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'

// Tabs can be reordered by dragging, and until that animation settles a tab is drawn next to where it is clickable, so
// the first click on another tab does nothing.
const STYLE = '<style>.graphiql-tab { transform: none !important }</style>'

/** Renders GraphiQL as a self-contained page. The module is large, and production never loads it. */
export async function renderGraphiQLPage(options?: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL(options).replace('</head>', `${VIEWPORT}${STYLE}</head>`)
}
