/** What was heard of a take, laid over what was to be spoken. */

import { matchWords, partWords } from '../words'

/** Words in a row: heard as they were to be, missing, added, or others in their place. */
export interface Stretch {
  kind: 'same' | 'missing' | 'added' | 'other'
  /** What was to be spoken; empty for what was added. */
  said: string
  /** What was heard; empty for what is missing. */
  heard: string
}

/** A spoken form with the words alone of every `[word](/sounds/)`. */
export function withoutSounds(spoken: string): string {
  return spoken.replace(/\[([^\]]+)\]\(\/[^/]*\/\)/g, '$1')
}

/** All words of both wordings, in the order in which they were to be spoken. */
export function compare(spoken: string, heard: string): Stretch[] {
  const [said, found] = [partWords(withoutSounds(spoken)), partWords(heard)]
  const stretches: Stretch[] = []
  let [i, j] = [0, 0]
  for (const [here, there] of [...matchWords(said, found), [said.length, found.length] as const]) {
    if (here > i || there > j) stretches.push(toStretch(said.slice(i, here), found.slice(j, there)))
    const last = stretches.at(-1)
    const [word, sound] = [said[here], found[there]]
    if (word !== undefined && sound !== undefined) {
      if (last?.kind === 'same') [last.said, last.heard] = [`${last.said} ${word}`, `${last.heard} ${sound}`]
      else stretches.push({ kind: 'same', said: word, heard: sound })
    }
    ;[i, j] = [here + 1, there + 1]
  }
  return stretches
}

function toStretch(said: string[], heard: string[]): Stretch {
  const kind = said.length === 0 ? 'added' : heard.length === 0 ? 'missing' : 'other'
  return { kind, said: said.join(' '), heard: heard.join(' ') }
}
