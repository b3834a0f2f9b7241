/** Where a person works on a reading: what they look at, where they are, and every act with where it leaves them. */

import { toWords } from '../api/client'
import type { Edited, Line } from '../api/domain'
import { player } from '../stores/player.svelte'
import { toasts } from '../stores/toasts.svelte'
import { count } from '../words/sizes'
import { Drafts } from './drafts.svelte'
import { Reading } from './lines.svelte'
import { findHeir, findPlace, putFirst, range, step, stepToFlagged } from './order'
import { Panels } from './panels.svelte'
import { Playback } from './playback.svelte'
import { countBefore, partWords } from './words'

export type Field = 'text' | 'spoken' | 'pause'
export type Side = 'lines' | 'source'

/** Of a pause that is added. */
const PAUSE_S = 0.8

export class Desk {
  readonly reading: Reading
  readonly drafts: Drafts
  readonly playback: Playback
  readonly panels: Panels

  isFlaggedFirst = $state(false)
  /** Lines that were flagged when they were asked for first. */
  #first = $state.raw<ReadonlySet<number>>(new Set())
  readonly shown = $derived.by(() => (this.isFlaggedFirst ? putFirst(this.reading.lines, this.#first) : this.reading.lines))
  readonly nFirst = $derived(this.isFlaggedFirst ? this.#first.size : 0)
  /** Each line's number in the reading, from 1. */
  readonly places = $derived.by(() => new Map(this.reading.lines.map((line, index) => [line.id, index + 1])))
  readonly nFlagged = $derived.by(() => this.reading.lines.reduce((sum, line) => sum + Number(line.state === 'flagged'), 0))

  /** What fills a narrow screen; a wide one shows all. */
  side = $state<Side>('lines')
  /** The word that was pointed at, by its place in the line. */
  word = $state.raw<{ line: number; index: number } | null>(null)
  /** The line under the pointer. */
  hovered = $state<number | null>(null)
  /** A line to be added: beside which one, and what was typed of it. */
  adding = $state<{ beside: number; where: 'above' | 'below'; text: string } | null>(null)
  /** What is to have the focus as soon as it is there. */
  wish = $state.raw<{ line: number; field: Field | null } | null>(null)
  /** The line that is heard, else the one where the person is. */
  readonly shownLine = $derived.by(() => this.reading.byId.get(this.playback.line ?? this.reading.current ?? -1))

  /** The field in which the text of a line is being typed. */
  typing: { line: number; field: HTMLTextAreaElement } | null = null

  #anchor: number | null = null

  constructor(id: number) {
    this.reading = new Reading(id)
    this.drafts = new Drafts(this.reading)
    this.playback = new Playback(() => this.reading.lines)
    this.panels = new Panels(this)
  }

  /** Whether leaving would lose something. */
  get isUnfinished(): boolean {
    return this.drafts.isChanged || Boolean(this.adding?.text.trim())
  }

  /** Lines that an act is about: those that are selected, else the one where the person is. */
  get chosen(): Line[] {
    const { selection, lines, byId, current } = this.reading
    if (selection.size > 0) return lines.filter((line) => selection.has(line.id))
    const line = current === null ? undefined : byId.get(current)
    return line ? [line] : []
  }

  // --- where the person is

  goTo(id: number | null | undefined, field: Field | null = null): void {
    if (id === null || id === undefined) return
    this.reading.current = id
    this.wish = { line: id, field }
  }

  stepBy(by: number): void {
    this.clear()
    this.goTo(step(this.shown, this.reading.current, by)?.id)
  }

  /** To the next flagged line, or the one before. */
  stepToFlagged(by: 1 | -1): void {
    const line = stepToFlagged(this.shown, this.reading.current, by)
    if (line) this.goTo(line.id)
    else toasts.say('No line is flagged.', { kind: 'good' })
  }

  toggleFlaggedFirst(): void {
    this.#first = new Set(this.reading.lines.filter((line) => line.state === 'flagged').map((line) => line.id))
    this.isFlaggedFirst = !this.isFlaggedFirst
    if (this.isFlaggedFirst) this.goTo(this.shown[0]?.id)
  }

  toggleSelected(id: number): void {
    const selection = new Set(this.reading.selection)
    if (!selection.delete(id)) selection.add(id)
    this.reading.selection = selection
    this.#anchor = id
  }

  /** Select from where the selection began (or the person is) to a line. */
  selectTo(id: number): void {
    if (this.reading.selection.size === 0) this.#anchor = this.reading.current
    this.reading.selection = new Set(range(this.shown, this.#anchor ?? id, id))
    this.goTo(id)
  }

  extendBy(by: number): void {
    const line = step(this.shown, this.reading.current, by)
    if (line) this.selectTo(line.id)
  }

  clear(): void {
    if (this.reading.selection.size > 0) this.reading.selection = new Set()
  }

  /** Out of the selection, else out of the takes. */
  stepBack(): void {
    if (this.reading.selection.size > 0) this.clear()
    else if (this.panels.areTakesShown) this.panels.leaveTakes()
  }

  // --- hearing

  /** Play the line where the person is, from the word that they point at on; or stop. */
  togglePlay(): void {
    if (this.playback.line !== null) {
      this.rest()
    } else if (player.isPlaying) {
      player.toggle()
    } else {
      const line = this.shownLine ?? this.reading.lines.find((each) => each.take)
      if (line) this.play(line, this.word?.line === line.id ? this.word.index : 0)
    }
  }

  /** Stop, and stay at the word that was heard last. */
  rest(): void {
    const { line, word } = this.playback
    if (line !== null) this.word = { line, index: Math.max(word, 0) }
    this.playback.stop()
  }

  play(line: Line, word = 0): void {
    if (line.take) this.playback.play(line, word)
    else toasts.say('This line has not been spoken yet. R speaks it.')
  }

  pointAt(line: Line, index: number): void {
    this.word = { line: line.id, index }
    if (line.take) this.play(line, index)
  }

  moveWord(by: number): void {
    const line = this.chosen[0]
    if (!line) return
    const here = this.word?.line === line.id ? this.word.index : by > 0 ? -1 : 0
    this.word = { line: line.id, index: Math.min(Math.max(here + by, 0), partWords(line.text).length - 1) }
  }

  // --- wording

  edit(field: Field = 'text', id = this.reading.current): void {
    const line = id === null ? undefined : this.reading.byId.get(id)
    if (!line) return
    const draft = this.drafts.open(line.id)
    if (draft && field === 'spoken') draft.isSpokenShown = true
    this.goTo(line.id, line.state === 'pause' ? 'pause' : field)
  }

  async keep(id: number, { speak = false } = {}): Promise<void> {
    if (!(await this.drafts.save(id))) return
    this.goTo(id)
    if (speak) await this.#record([id])
  }

  leave(id: number): void {
    this.drafts.drop(id)
    this.goTo(id)
  }

  /** Part a line at a caret in what was typed of it. */
  async split(id: number, typed: string, caret: number): Promise<void> {
    const at = countBefore(typed, caret)
    if (!(await this.drafts.save(id))) return
    await this.#do(this.reading.split(id, at), ({ order }) => this.goTo(order?.[order.indexOf(id) + 1] ?? id))
  }

  async splitTyped(): Promise<void> {
    if (this.typing) await this.split(this.typing.line, this.typing.field.value, this.typing.field.selectionStart)
  }

  async keepTyped(how: { speak?: boolean }): Promise<void> {
    const id = this.typing?.line ?? this.reading.current
    if (id !== null && this.drafts.byLine.has(id)) await this.keep(id, how)
  }

  async merge(): Promise<void> {
    const line = this.chosen[0]
    if (line) await this.#do(this.reading.merge(line.id), () => this.goTo(line.id))
  }

  add(where: 'above' | 'below'): void {
    const beside = this.reading.current ?? this.reading.lines.at(-1)?.id
    if (beside !== undefined) this.adding = { beside, where, text: this.adding?.text ?? '' }
  }

  async addNow(): Promise<void> {
    const { adding } = this
    if (!adding?.text.trim()) return this.leaveAdding()
    const done = await this.#do(this.reading.insert(this.#before(adding.beside, adding.where), { text: adding.text }))
    if (!done) return
    this.adding = null
    this.goTo(done.lines[0]?.id)
  }

  leaveAdding(): void {
    const { adding } = this
    this.adding = null
    if (adding) this.goTo(adding.beside)
  }

  async addPause(): Promise<void> {
    const after = this.reading.current
    await this.#do(this.reading.insert(after, { pause_s: PAUSE_S }), ({ lines }) => this.edit('pause', lines[0]?.id))
  }

  #before(beside: number, where: 'above' | 'below'): number | null {
    if (where === 'below') return beside
    const at = this.reading.lines.findIndex((line) => line.id === beside)
    return this.reading.lines[at - 1]?.id ?? null
  }

  // --- order

  async remove(): Promise<void> {
    const ids = this.chosen.map((line) => line.id)
    if (ids.length === 0) return
    const heir = findHeir(this.shown, new Set(ids))
    await this.#do(this.reading.remove(ids), () => {
      this.goTo(heir)
      toasts.say(`${count(ids.length, 'line')} left out.`, { action: { label: 'Undo', run: () => void this.undo() } })
    })
  }

  async moveBy(by: 1 | -1): Promise<void> {
    if (this.isFlaggedFirst) return toasts.say('Lines move while all stand in their order: O puts them so.')
    const ids = this.chosen.map((line) => line.id)
    const place = findPlace(this.reading.lines, new Set(ids), by)
    if (place !== undefined) await this.moveTo(ids, place)
  }

  async moveTo(ids: number[], after: number | null): Promise<void> {
    const here = this.reading.current
    await this.#do(this.reading.move(ids, after), () => this.goTo(here ?? ids[0]))
  }

  async undo(): Promise<void> {
    if (this.reading.canUndo) await this.#do(this.reading.undo(), (edited) => this.#showDone(edited))
  }

  async redo(): Promise<void> {
    if (this.reading.canRedo) await this.#do(this.reading.redo(), (edited) => this.#showDone(edited))
  }

  #showDone({ lines }: Edited): void {
    this.goTo(lines[0]?.id ?? this.reading.current ?? this.shown[0]?.id)
  }

  // --- speaking

  /** Have the voice speak what is chosen once more; one line alone is heard at once. */
  async record(): Promise<void> {
    await this.#record(this.chosen.filter((line) => line.state !== 'pause').map((line) => line.id))
  }

  async recordOne(id: number): Promise<void> {
    this.reading.current = id
    await this.#record([id])
  }

  async #record(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      if (this.reading.recording.has(id)) continue
      if (!(await this.#do(this.reading.record(id)))) return
    }
    const line = ids.length === 1 ? this.reading.byId.get(ids[0] ?? -1) : undefined
    if (line?.take && this.reading.current === line.id && !player.isPlaying && this.playback.line === null) this.playback.play(line)
  }

  async #do(act: Promise<Edited>, then?: (edited: Edited) => void): Promise<Edited | null> {
    try {
      const edited = await act
      then?.(edited)
      return edited
    } catch (error) {
      toasts.say(toWords(error), { kind: 'bad' })
      return null
    }
  }
}
