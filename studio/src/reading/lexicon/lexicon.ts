/** Words that are said otherwise: entries of lexicons, what they concern, and how one sounds before it is saved. */

import { send } from '../../api/client'
import type { ConcernedLine, Corrected } from '../../api/domain'

export interface Entry {
  written: string
  /** A respelling, or IPA between slashes. */
  spoken: string
  /** Those that the page does not change were written by hand. */
  pattern?: string
  part?: string
}

/** As many lines as are listed; whoever has more is told that there are more. */
export const MOST_LISTED = 200

/** Entries of a show, or of all shows. */
export async function listEntries(show: string | null): Promise<Entry[]> {
  return (await send<{ data: Entry[] }>('GET', `/v1/lexicon${toQuery({ show })}`)).data
}

/** @throws {Refusal} no lexicon can hold it, which says why. */
export function saveEntry({ written, spoken }: Entry, show: string | null): Promise<Corrected> {
  return send<Corrected>('POST', '/v1/lexicon', { body: { written, spoken, ...(show && { show }) } })
}

export function removeEntry(written: string, show: string | null): Promise<Corrected> {
  return send<Corrected>('DELETE', `/v1/lexicon${toQuery({ written, show })}`)
}

/** Lines that have a word: those of one show, or of all with those of the episode first. */
export function findConcerned(
  word: string,
  { episode, show, signal }: { episode: number; show: string | null; signal: AbortSignal },
): Promise<{ data: ConcernedLine[]; next: number | null }> {
  const where = show === null ? `/v1/episodes/${episode}/concerned` : '/v1/lexicon/concerned'
  return send('GET', where + toQuery({ word, show, limit: String(MOST_LISTED) }), { signal })
}

function toQuery(values: Record<string, string | null>): string {
  const query = new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null)).toString()
  return query && `?${query}`
}

/** The lines by their episodes, the one that the person is at first. */
export function groupByEpisode(lines: readonly ConcernedLine[], first: number): { episode: number; title: string; lines: ConcernedLine[] }[] {
  const groups = new Map<number, ConcernedLine[]>()
  for (const line of lines) groups.set(line.episode, [...(groups.get(line.episode) ?? []), line])
  const all = [...groups].map(([episode, found]) => ({ episode, title: found[0]?.title ?? '', lines: found }))
  return [...all.filter(({ episode }) => episode === first), ...all.filter(({ episode }) => episode !== first)]
}

/** A word without the signs around it, as an entry writes it; `C++` and `.NET` keep theirs. */
export function toEntry(word: string): string {
  const bare = word.replace(/^[\s"'“”‘’«»([{<*_]+|[\s"'“”‘’«»)\]}>*_,;:!?…]+$/gu, '')
  return /^\p{L}[\p{L}\p{M}'’-]*\.$/u.test(bare) ? bare.slice(0, -1) : bare
}

/** How a voice is to be told of a word: in the place of it, wherever it stands as a word of its own. */
export function putInto(text: string, { written, spoken }: Entry): string {
  const told = toSpeech(written, spoken)
  const words = written.trim().split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_])${words.join('\\s+')}(?![\\p{L}\\p{N}_])`, 'giu')
  return text.replace(whole, () => told)
}

/** What is to be spoken for a word: a respelling as it is, IPA as voices take it. */
export function toSpeech(written: string, spoken: string): string {
  const sounds = /^\s*\/([^/]+)\/\s*$/.exec(spoken)?.[1]
  return sounds ? `[${written.trim()}](/${sounds}/)` : spoken.trim()
}
