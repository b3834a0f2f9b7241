/** How alike two voices are, by the server's speaker encoder. */

import { send } from '../api/client'
import { sampleOf } from '../stores/voices.svelte'

interface Embeddings {
  data: { embedding: number[] }[]
}

/**
 * Likeness of two voices that speak the same text, from -1 to 1; recordings of one person come to 0.95 and above, of two
 * people mostly to less than 0.8.
 *
 * @throws {Refusal} the server has no speaker encoder.
 */
export async function compareVoices(names: [string, string], text: string): Promise<number> {
  const form = new FormData()
  for (const name of names) {
    const response = await fetch(sampleOf(name, { text }))
    if (!response.ok) throw new Error(`There is no sample of ${name}.`)
    form.append('file', await response.blob(), `${name}.mp3`)
  }
  const { data } = await send<Embeddings>('POST', '/v1/speakers/embeddings', { form })
  return cosine(data[0]?.embedding ?? [], data[1]?.embedding ?? [])
}

/** Of vectors of unit length. */
export function cosine(one: number[], other: number[]): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
}

export function nameLikeness(likeness: number): string {
  if (likeness >= 0.95) return 'the same person, to all appearances'
  if (likeness >= 0.85) return 'very alike'
  if (likeness >= 0.75) return 'somewhat alike'
  return 'two different people'
}
