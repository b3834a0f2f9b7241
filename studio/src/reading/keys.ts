/** The keys of the Reading page. */

import { keys, type Key } from '../shell/keys.svelte'
import type { Desk } from './desk.svelte'

/** Add them; returns what takes them away. */
export function addKeys(desk: Desk): () => void {
  const make = (group: string, list: [string, string, () => unknown][], inFields = false): Key[] =>
    list.map(([key, label, run]) => ({ key, label, group, inFields, run: () => void run() }))
  return keys.add(
    ...make('Reading: go', [
      ['ArrowDown', 'Next line', () => desk.stepBy(1)],
      ['ArrowUp', 'Line before', () => desk.stepBy(-1)],
      ['Home', 'First line', () => desk.goTo(desk.shown[0]?.id)],
      ['End', 'Last line', () => desk.goTo(desk.shown.at(-1)?.id)],
      ['f', 'Next flagged line', () => desk.stepToFlagged(1)],
      ['F', 'Flagged line before', () => desk.stepToFlagged(-1)],
      ['o', 'Flagged lines first, or all in order', () => desk.toggleFlaggedFirst()],
      ['b', 'Post beside the lines, on a narrow screen', () => (desk.side = desk.side === 'source' ? 'lines' : 'source')],
      ['Shift+ArrowDown', 'Select down', () => desk.extendBy(1)],
      ['Shift+ArrowUp', 'Select up', () => desk.extendBy(-1)],
      ['x', 'Select the line, or not', () => desk.reading.current !== null && desk.toggleSelected(desk.reading.current)],
      ['Escape', 'Select nothing; then close the takes', () => desk.stepBack()],
    ]),
    ...make('Reading: hear', [
      ['Space', 'Play from here, or stop', () => desk.togglePlay()],
      ['ArrowRight', 'Next word', () => desk.moveWord(1)],
      ['ArrowLeft', 'Word before', () => desk.moveWord(-1)],
      ['r', 'Speak again', () => desk.record()],
    ]),
    ...make('Reading: edit', [
      ['Enter', 'Edit the line; Enter saves it, Escape does not', () => desk.edit()],
      ['e', 'Edit the line', () => desk.edit()],
      ['s', 'Edit how it is spoken', () => desk.edit('spoken')],
      ['n', 'New line below', () => desk.add('below')],
      ['N', 'New line above', () => desk.add('above')],
      ['p', 'Pause below', () => desk.addPause()],
      ['m', 'Merge with the next line', () => desk.merge()],
      ['Delete', 'Leave out', () => desk.remove()],
      ['Backspace', 'Leave out', () => desk.remove()],
      ['Alt+ArrowUp', 'Move up', () => desk.moveBy(-1)],
      ['Alt+ArrowDown', 'Move down', () => desk.moveBy(1)],
      ['Ctrl+z', 'Undo', () => desk.undo()],
      ['Ctrl+Z', 'Redo', () => desk.redo()],
      ['Ctrl+y', 'Redo', () => desk.redo()],
    ]),
    ...make(
      'Reading: edit',
      [
        ['Ctrl+Enter', 'While typing: save and speak', () => desk.keepTyped({ speak: true })],
        ['Alt+Enter', 'While typing: split at the caret', () => desk.splitTyped()],
      ],
      true,
    ),
  )
}
