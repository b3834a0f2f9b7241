/** Kinds of lines, as people call them. */

import type { Line } from '../api/domain'

const LABELS: Record<string, string> = {
  title: 'The title',
  prose: 'All paragraphs',
  heading: 'All headings',
  quote: 'All quotes',
  list: 'All items of lists',
  code: 'All code',
  image: 'All descriptions of pictures',
  table: 'All tables',
  footnote: 'All footnotes',
  math: 'All formulas',
  embed: 'All embedded videos and posts',
}

/** Every kind that a reading has with how many lines are of it, the commonest first; pauses are of none. */
export function listKinds(lines: readonly Line[]): { kind: string; label: string; n: number }[] {
  const found = new Map<string, number>()
  for (const line of lines) if (line.state !== 'pause') found.set(line.kind, (found.get(line.kind) ?? 0) + 1)
  return [...found].map(([kind, n]) => ({ kind, label: LABELS[kind] ?? `All of the kind “${kind}”`, n })).sort((one, other) => other.n - one.n)
}
