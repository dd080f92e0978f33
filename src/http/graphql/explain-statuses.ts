import type { Plugin } from 'graphql-yoga'

const EXPLANATIONS: Readonly<Record<number, string>> = {
  406: 'Accept must allow application/json, application/graphql-response+json or, for subscriptions, text/event-stream',
  415: 'Content-Type must be application/json, application/graphql, application/x-www-form-urlencoded or multipart/form-data',
}

/** Yoga sends only a status for these, which leaves clients guessing. */
export const explainStatuses: Plugin = {
  onResponse(payload) {
    const { response, fetchAPI } = payload
    const message = EXPLANATIONS[response.status]
    if (message === undefined || response.body !== null) return
    const body = `${JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] })}\n`
    const headers = new fetchAPI.Headers(response.headers)
    headers.set('content-type', 'application/json; charset=utf-8')
    payload.setResponse(
      new fetchAPI.Response(body, { status: response.status, statusText: response.statusText, headers }),
    )
  },
}
