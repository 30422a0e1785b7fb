import { invalidAnswer } from './errors.ts'

/** All items of all pages. @param fetchPage `''` or no token for the last page */
export async function * allPages<T> (fetchPage: (pageToken: string | undefined) => Promise<{ items: readonly T[], nextPageToken: string }>): AsyncGenerator<T> {
  for (let pageToken: string | undefined; pageToken !== '';) {
    const { items, nextPageToken } = await fetchPage(pageToken)
    if (nextPageToken !== '' && nextPageToken === pageToken) throw invalidAnswer('The agent answers one page again and again')
    yield * items
    pageToken = nextPageToken
  }
}
