/** What is being worded: kept here until the server has it, whatever comes from elsewhere meanwhile. */

import { SvelteMap } from 'svelte/reactivity'
import { toWords, Unreachable } from '../api/client'
import type { Line } from '../api/domain'
import { events } from '../stores/events.svelte'
import { Clash, type Reading, type Wording } from './lines.svelte'
import { hasChanged } from './order'
import { clean, listDifferences } from './words'

/** What a person makes of one line. */
export class Draft {
  text = $state('')
  spoken = $state('')
  pause_s = $state<number | null>(0)
  /** `kept`: the server was away; it is sent once it is back. `clashed`: somebody else changed the line meanwhile. */
  /** Whether how it is spoken can be worded too. */
  isSpokenShown = $state(false)
  state = $state<'typing' | 'sending' | 'kept' | 'clashed'>('typing')
  problem = $state<string | null>(null)
  /** The line as it was when this was begun. */
  base: Line

  constructor(line: Line) {
    this.base = line
    this.text = line.text
    this.spoken = line.spoken
    this.isSpokenShown = listDifferences(line.text, line.spoken).length > 0
    this.pause_s = line.pause_s
  }

  /** What differs; how a line is spoken is left to the server where its text alone was worded anew. */
  readonly wording = $derived.by((): Wording => {
    const { base } = this
    const [text, spoken] = [clean(this.text), clean(this.spoken)]
    return {
      ...(text !== base.text && { text }),
      ...(spoken !== base.spoken && { spoken }),
      ...(this.pause_s !== null && Math.abs(this.pause_s - base.pause_s) > 0.0005 && { pause_s: this.pause_s }),
    }
  })

  get isChanged(): boolean {
    return Object.keys(this.wording).length > 0
  }
}

export class Drafts {
  readonly byLine = new SvelteMap<number, Draft>()

  constructor(private readonly reading: Reading) {}

  /** Whether something would be lost. */
  get isChanged(): boolean {
    return [...this.byLine.values()].some((draft) => draft.isChanged)
  }

  /** Drafts of lines that somebody else has deleted. */
  readonly orphans = $derived.by((): [number, Draft][] =>
    [...this.byLine].filter(([id, draft]) => this.reading.isComplete && !this.reading.byId.has(id) && draft.isChanged),
  )

  /** Send what was kept as soon as the server is back; returns what ends it. */
  start(): () => void {
    return events.onReturn(() => {
      for (const [id, draft] of this.byLine) if (draft.state === 'kept') void this.save(id)
    })
  }

  /** Begin to word a line, or go on. */
  open(id: number): Draft | undefined {
    const line = this.reading.byId.get(id)
    const draft = this.byLine.get(id) ?? (line && new Draft(line))
    if (draft) this.byLine.set(id, draft)
    return draft
  }

  drop(id: number): void {
    this.byLine.delete(id)
  }

  /** Send what was worded; true once the server has it. */
  async save(id: number): Promise<boolean> {
    const draft = this.byLine.get(id)
    if (!draft || draft.state === 'sending') return false
    if (!draft.isChanged) {
      this.drop(id)
      return true
    }
    draft.state = 'sending'
    draft.problem = null
    try {
      await this.reading.word(id, draft.wording, draft.base)
      this.drop(id)
      return true
    } catch (error) {
      draft.state = error instanceof Unreachable ? 'kept' : error instanceof Clash ? 'clashed' : 'typing'
      draft.problem = draft.state === 'typing' ? toWords(error) : null
      return false
    }
  }

  /** After a clash: have this wording all the same. */
  insist(id: number): Promise<boolean> {
    const [draft, line] = [this.byLine.get(id), this.reading.byId.get(id)]
    if (draft && line) {
      const { text, spoken, pause_s } = draft.base
      // What was not touched here is to stay as the other one made it.
      if (clean(draft.text) === text) draft.text = line.text
      if (clean(draft.spoken) === spoken) draft.spoken = line.spoken
      if (draft.pause_s === pause_s) draft.pause_s = line.pause_s
      draft.base = line
      draft.state = 'typing'
    }
    return this.save(id)
  }

  /** Put the wording of a line that is gone into a new line at the end of the reading. */
  async rescue(id: number): Promise<void> {
    const draft = this.byLine.get(id)
    if (!draft) return
    await this.reading.insert(this.reading.lines.at(-1)?.id ?? null, { text: clean(draft.text) })
    this.drop(id)
  }

  /** What somebody else made of the line that is being worded, where they did. */
  findOther(id: number): Line | undefined {
    const [draft, line] = [this.byLine.get(id), this.reading.byId.get(id)]
    if (draft?.state === 'sending') return undefined // it may be this draft itself, which is heard of before the answer comes
    return draft && line && hasChanged(draft.base, line) ? line : undefined
  }
}
