/** Lines in their order: what an edit makes of it, and what lies between, before and behind. */

import type { Edited, Line } from '../api/domain'

/** The lines after an edit; the order that it tells is taken only where it is the newest. */
export function arrange(lines: readonly Line[], edited: Edited, { inOrder }: { inOrder: boolean }): Line[] {
  const known = new Map(lines.map((line) => [line.id, line]))
  for (const line of edited.lines) known.set(line.id, line)
  for (const id of edited.removed) known.delete(id)
  const ids = inOrder && edited.order ? edited.order : lines.map((line) => line.id)
  return ids.flatMap((id) => known.get(id) ?? [])
}

/** The lines with one as it stands now; a line that is not among them is left out, since nobody knows its place. */
export function putInto(lines: readonly Line[], line: Line): readonly Line[] {
  const at = lines.findIndex((each) => each.id === line.id)
  return at < 0 ? lines : lines.with(at, line)
}

/** Whether a line says something else than it did, or is gone. */
export function hasChanged(before: Line, now: Line | undefined): boolean {
  return (
    now === undefined ||
    now.text !== before.text ||
    now.spoken !== before.spoken ||
    now.voice !== before.voice ||
    now.pause_s !== before.pause_s
  )
}

/** Whether two answers tell the same of a line. */
export function isSame(one: Line, other: Line): boolean {
  return (
    !hasChanged(one, other) &&
    one.state === other.state &&
    one.kind === other.kind &&
    one.chapter === other.chapter &&
    one.is_corrected === other.is_corrected &&
    one.n_takes === other.n_takes &&
    one.take?.id === other.take?.id
  )
}

/** Ids from one line to another, both among them, whichever comes first. */
export function range(lines: readonly Line[], from: number, to: number): number[] {
  const [one, other] = [from, to].map((id) => lines.findIndex((line) => line.id === id))
  if (one === undefined || other === undefined || one < 0 || other < 0) return [to]
  return lines.slice(Math.min(one, other), Math.max(one, other) + 1).map((line) => line.id)
}

/** The line `by` places after one, as far as there are any; the first (or last) one where none is given. */
export function step(lines: readonly Line[], from: number | null, by: number): Line | undefined {
  const at = lines.findIndex((line) => line.id === from)
  if (at < 0) return by > 0 ? lines[0] : lines.at(-1)
  return lines[Math.min(Math.max(at + by, 0), lines.length - 1)]
}

/** The next flagged line after one (1) or before it (-1), past the end from the other end on. */
export function stepToFlagged(lines: readonly Line[], from: number | null, by: 1 | -1): Line | undefined {
  const at = Math.max(lines.findIndex((line) => line.id === from), by > 0 ? -1 : 0)
  const ahead = by > 0 ? [...lines.slice(at + 1), ...lines.slice(0, at + 1)] : [...lines.slice(at), ...lines.slice(0, at)].toReversed()
  return ahead.find((line) => line.state === 'flagged')
}

/** Where lines go that move one place down (1) or up (-1): the line before them then, null for the start, nothing at an end. */
export function findPlace(lines: readonly Line[], ids: ReadonlySet<number>, by: 1 | -1): number | null | undefined {
  const first = lines.findIndex((line) => ids.has(line.id))
  const last = lines.findLastIndex((line) => ids.has(line.id))
  if (first < 0) return undefined
  if (by > 0) return lines[last + 1]?.id
  return first === 0 ? undefined : (lines[first - 2]?.id ?? null)
}

/** The line that takes the place of those that go: the one behind them, else the one before. */
export function findHeir(lines: readonly Line[], gone: ReadonlySet<number>): number | null {
  const last = lines.findLastIndex((line) => gone.has(line.id))
  const behind = lines.slice(last + 1).find((line) => !gone.has(line.id))
  return (behind ?? lines.slice(0, last).findLast((line) => !gone.has(line.id)))?.id ?? null
}

/** The flagged ones first, both parts in their order; which ones is told, so that none leaves while it is being mended. */
export function putFirst(lines: readonly Line[], first: ReadonlySet<number>): Line[] {
  return [...lines.filter((line) => first.has(line.id)), ...lines.filter((line) => !first.has(line.id))]
}
