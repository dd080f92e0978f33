import type { Plugin } from 'graphql-yoga'

/**
 * Tells proxies to pass events on as they come: nginx otherwise holds them back
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
 */
export const streamAtOnce: Plugin = {
  onResponse({ response: { headers } }) {
    if (headers.get('content-type')?.startsWith('text/event-stream') === true) headers.set('x-accel-buffering', 'no')
  },
}
