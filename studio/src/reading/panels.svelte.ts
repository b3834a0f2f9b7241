/** What opens over or beside the lines: their takes, and the dialogs that are about them. */

import { keys, type Key } from '../shell/keys.svelte'
import { toasts } from '../stores/toasts.svelte'
import type { Line } from '../api/domain'
import type { Desk } from './desk.svelte'
import { partWords } from './words'

type Opened =
  | { kind: 'record'; line: Line }
  | { kind: 'lexicon'; word: string }
  | { kind: 'voice'; ids: number[] }
  | { kind: 'publish' }

export class Panels {
  areTakesShown = $state(false)
  opened = $state.raw<Opened | null>(null)

  constructor(private readonly desk: Desk) {}

  /** The line whose takes are shown. */
  get line(): Line | undefined {
    const line = this.desk.reading.byId.get(this.desk.reading.current ?? -1)
    return line?.state === 'pause' ? undefined : line
  }

  close = (): void => {
    this.opened = null
  }

  /** Show the takes of the line, and keep the line itself in sight; or no more. */
  toggleTakes(): void {
    this.areTakesShown = !this.areTakesShown
    this.desk.goTo(this.desk.reading.current)
  }

  /** Hide the takes, and go back to the line. */
  leaveTakes = (): void => {
    this.areTakesShown = false
    this.desk.goTo(this.desk.reading.current)
  }

  recordMyself(): void {
    if (this.line) this.opened = { kind: 'record', line: this.line }
    else toasts.say('Go to a line first, then record it.')
  }

  /** About the words that are selected, else the one that was pointed at last. */
  correctWord(): void {
    const selected = getSelection()?.toString().trim() ?? ''
    const { word } = this.desk
    const pointed = word ? (partWords(this.desk.reading.byId.get(word.line)?.text ?? '')[word.index] ?? '') : ''
    this.desk.rest()
    this.opened = { kind: 'lexicon', word: selected.length <= 60 && selected ? selected : pointed }
  }

  chooseVoice(): void {
    const ids = this.desk.chosen.filter((line) => line.state !== 'pause').map((line) => line.id)
    if (ids.length > 0) this.opened = { kind: 'voice', ids }
  }

  publish(): void {
    this.opened = { kind: 'publish' }
  }

  /** Add their keys; returns what takes them away. */
  addKeys(): () => void {
    const list: [string, string, () => void][] = [
      ['t', 'Takes of the line, or not', () => this.toggleTakes()],
      ['v', 'Record the line yourself', () => this.recordMyself()],
      ['w', 'How the word is said', () => this.correctWord()],
      ['c', 'Choose a voice', () => this.chooseVoice()],
      ['P', 'Publish', () => this.publish()],
    ]
    return keys.add(...list.map(([key, label, run]): Key => ({ key, label, run, group: 'Reading: takes and words' })))
  }
}
