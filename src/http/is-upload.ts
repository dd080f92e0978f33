/** Whether a request says that it brings files: https://github.com/jaydenseric/graphql-multipart-request-spec */
export function isUpload({ headers }: Request): boolean {
  return /^multipart\/form-data(;|,|$)/i.test(headers.get('content-type') ?? '')
}
