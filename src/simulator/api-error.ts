export interface FieldError {
  field: string
  code: string
  message?: string
}

/** An error with the status and body that the caller gets, in the shape of WorkOS's errors. */
export class ApiError extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string>

  constructor(status: number, body: { message: string; [key: string]: unknown } | string, headers = {}) {
    super(typeof body === 'string' ? body : body.message)
    this.name = 'ApiError'
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** For the right side of `??`. */
export function raise(error: ApiError): never {
  throw error
}

export function notFound(what: string, id: string): ApiError {
  return new ApiError(404, { message: `${what} not found: '${id}'.`, code: 'entity_not_found', entity_id: id })
}

export function invalid(...errors: [FieldError, ...FieldError[]]): ApiError {
  const message = errors.map(({ field, message, code }) => `${field}: ${message ?? code}`).join('; ')
  return new ApiError(422, { message: `Validation failed. ${message}`, code: 'invalid_request_parameters', errors })
}
