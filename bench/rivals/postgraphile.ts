// PostGraphile 5 on our tables, over node:http, with its defaults. The tables have no foreign keys (an announcement may
// come before its user), so they are declared here, and it may filter by `visible`, which has no index of its own.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { makeJSONPgSmartTagsPlugin } from 'postgraphile/utils'
import { listen } from './listening.ts'

const relations = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: {
    class: {
      membership: {
        tags: {
          foreignKey: ['(user_id) references directory_user (id)', '(group_id) references directory_group (id)'],
        },
        attribute: { visible: { tags: { behavior: '+filterBy' } } },
      },
      directory_user: { attribute: { state: { tags: { behavior: '+filterBy' } } } },
      change: { tags: { foreignKey: '(user_id) references directory_user (id)' } },
      role_grant: { attribute: { visible: { tags: { behavior: '+filterBy' } } } },
    },
  },
})

const server = createServer()
const serv = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL!, schemas: ['public'] })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
}).createServ(grafserv)
await serv.addTo(server)
await serv.ready()
listen(server)
