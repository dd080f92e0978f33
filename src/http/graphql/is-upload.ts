/**
 * Whether a request with this Content-Type uploads files: https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function isUpload(contentType: string | null | undefined): boolean {
  return /^multipart\/form-data(;|,|$)/i.test(contentType ?? '')
}
