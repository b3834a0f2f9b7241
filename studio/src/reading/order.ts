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
