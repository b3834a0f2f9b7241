/** Words of lines: how a text is parted, when each word sounds in a take, and how two wordings differ. */

import type { Take } from '../api/domain'

/** When a word begins and ends in its take, in seconds. */
export type Span = readonly [number, number]

/** The words of a text, as white space parts them. */
export function partWords(text: string): string[] {
  const words = text.trim().split(/\s+/u)
  return words[0] === '' ? [] : words
}

/** A text as one line, as the server keeps it. */
export function clean(text: string): string {
  return partWords(text).join(' ')
}

/** How many characters (code points) the part of a text before a caret has, once it is cleaned. */
export function countBefore(text: string, caret: number): number {
  return [...clean(text.slice(0, caret))].length
}

/**
 * When each word of a text sounds in a take.
 *
 * A take times the words that the line was shown with when it was spoken. Where the text was worded anew since, words
 * that are the same keep their times, and the others share what is left between those.
 */
export function timeWords(text: string, take: Take): Span[] {
  const words = partWords(text)
  const timed = take.words
  if (words.length === timed.length && words.every((word, index) => word === timed[index]?.[0])) {
    return timed.map(([, start_s, end_s]) => [start_s, end_s])
  }
  const spans: (Span | undefined)[] = words.map(() => undefined)
  for (const [here, there] of matchWords(words, timed.map(([word]) => word))) {
    const word = timed[there]
    if (word) spans[here] = [word[1], word[2]]
  }
  return fill(spans, take.duration_s)
}

function fill(spans: (Span | undefined)[], duration_s: number): Span[] {
  const filled: Span[] = []
  for (let at = 0; at < spans.length; at++) {
    const known = spans[at]
    if (known) {
      filled.push(known)
      continue
    }
    let until = at
    while (until < spans.length && !spans[until]) until++
    const start_s = filled.at(-1)?.[1] ?? 0
    const each_s = ((spans[until]?.[0] ?? duration_s) - start_s) / (until - at)
    for (let n = 0; at + n < until; n++) filled.push([start_s + n * each_s, start_s + (n + 1) * each_s])
    at = until - 1
  }
  return filled
}

/** The word that sounds at a time, or the last one that did; -1 before the first. */
export function findWord(spans: readonly Span[], at_s: number): number {
  return spans.findLastIndex(([start_s]) => start_s <= at_s + 0.01)
}

/** Pairs of places at which two wordings have the same word, ascending; as many as can be. */
export function matchWords(one: readonly string[], other: readonly string[]): [number, number][] {
  const [left, right] = [one.map(toSounds), other.map(toSounds)]
  const width = right.length + 1
  const longest = new Uint16Array((left.length + 1) * width)
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      longest[i * width + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: [number, number][] = []
  let [i, j] = [0, 0]
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}

/** A word without what is not heard of it: capitals and signs. */
function toSounds(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '') || word
}

/** A wording as its words, each with whether it is another than the text has; nothing where both sound alike. */
export function listDifferences(text: string, wording: string): { word: string; differs: boolean }[] {
  if (text === wording) return []
  const [words, others] = [partWords(text), partWords(wording)]
  const same = new Set(matchWords(words, others).map(([, there]) => there))
  const isAlike = words.length === others.length && same.size === words.length
  return isAlike ? [] : others.map((word, index) => ({ word, differs: !same.has(index) }))
}
