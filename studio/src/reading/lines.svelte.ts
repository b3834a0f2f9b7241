/**
 * One reading: the lines of an episode as they stand, and every edit of them.
 *
 * Edits are sent one after the other, each with the revision that it was decided on. Where somebody else was quicker,
 * what changed is asked for, and the edit is sent again if it still fits.
 */

import { SvelteSet } from 'svelte/reactivity'
import { Refusal, send, toWords } from '../api/client'
import type { Edited, Episode, Line, Told } from '../api/domain'
import { events } from '../stores/events.svelte'
import { listLines, type LineList } from './listing'
import { arrange, hasChanged, isSame, putInto } from './order'

/** What becomes of a line; what is left out stays. */
export interface Wording {
  text?: string
  spoken?: string
  pause_s?: number
  /** Empty for the show's own. */
  voice?: string
}

/** Somebody else changed the same lines meanwhile: nothing was done. */
export class Clash extends Error {
  override name = 'Clash'
}

interface Act {
  run: (revision: number) => Promise<Edited>
  /** Lines that must still say what they said, for the act to be sent again. */
  on?: readonly (Line | undefined)[]
  /** Whether it may be sent again after an edit of somebody else's; it may where nothing is said. */
  again?: boolean
}

const MOST_TRIES = 5
/** Events come in bunches. */
const CATCH_UP_MS = 250

export class Reading {
  episode = $state.raw<Episode | null>(null)
  /** In reading order. */
  lines = $state.raw<readonly Line[]>([])
  readonly byId = $derived<ReadonlyMap<number, Line>>(new Map(this.lines.map((line) => [line.id, line])))
  revision = $state(0)
  canUndo = $state(false)
  canRedo = $state(false)
  selection = $state.raw<ReadonlySet<number>>(new Set())
  /** The line where the person is. */
  current = $state<number | null>(null)
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)
  /** Whether the last line is here too. */
  isComplete = $state(false)
  /** Lines that are being spoken again, or a recording of which is being checked. */
  readonly recording = new SvelteSet<number>()

  #last: Promise<unknown> = Promise.resolve()
  #nPending = 0
  /** The newest revision that was heard of. */
  #heard = 0
  /** The revision of each line's last edit. */
  #editedAt = new Map<number, number>()
  #loadedAt = 0
  #loading: Promise<void> | null = null
  #heardWhileLoading: Map<number, Told['line']> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly id: number,
    private readonly send_: typeof send = send,
  ) {}

  /** Load, and follow what others and the voice do; returns what ends it. */
  start(): () => void {
    void this.load()
    const stops = [
      events.on('line', (told) => this.hearLine(told)),
      events.on('episode', (told) => this.hearEpisode(told)),
      events.onReturn(() => void this.load()),
    ]
    return () => {
      clearTimeout(this.#timer)
      stops.forEach((stop) => stop())
    }
  }

  /** Ask for everything; lines that are the same stay the same objects. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load().finally(() => (this.#loading = null)))
  }

  async #load(): Promise<void> {
    try {
      this.#heardWhileLoading = new Map()
      const episode = this.#refreshEpisode()
      const onpart = this.isComplete ? undefined : (part: LineList) => this.#show(part)
      const list = await listLines(this.send_, this.id, { since: () => this.revision, onpart })
      const heard = this.#heardWhileLoading ?? new Map<number, Told['line']>()
      this.#standAt(list.revision, list)
      this.lines = list.data.map((line) => {
        const known = this.byId.get(line.id)
        const told = heard.get(line.id)
        const now = told && told.revision >= list.revision ? told.line : line
        return known && isSame(known, now) ? known : now
      })
      this.#loadedAt = list.revision
      this.#forgetGone()
      this.isComplete = true
      this.state = 'ready'
      this.problem = null
      await episode
    } catch (error) {
      this.problem = toWords(error)
      if (this.state === 'loading') this.state = 'failed'
    } finally {
      this.#heardWhileLoading = null
    }
  }

  #show(list: LineList): void {
    this.#standAt(list.revision, list)
    this.lines = [...list.data]
    this.state = 'ready'
  }

  // --- what is done to lines. All throw Refusal or Unreachable with nothing done, and Clash where others came first.

  /**
   * Change what a line says, how it is spoken, the pause after it or its voice.
   *
   * @param base the line as the person saw it when they began; the line as it stands when left out.
   */
  word(id: number, wording: Wording, base = this.byId.get(id)): Promise<Edited> {
    return this.wordAll({ [id]: wording }, [base])
  }

  /** Change several lines as one edit. */
  wordAll(changes: Record<number, Wording>, bases?: (Line | undefined)[]): Promise<Edited> {
    return this.#edit(() => ({
      on: bases ?? this.#find(Object.keys(changes).map(Number)),
      run: (revision) => this.send_('PATCH', `/v1/episodes/${this.id}/lines`, { body: { revision, changes } }),
    }))
  }

  /** Part a line after `at` characters (code points) of its text. */
  split(id: number, at: number): Promise<Edited> {
    return this.#edit(() => this.#onLines([id], `/v1/lines/${id}/split`, { at }))
  }

  /** Join a line with the next one that is spoken. */
  merge(id: number): Promise<Edited> {
    return this.#edit(() => {
      const at = this.lines.findIndex((line) => line.id === id)
      const next = this.lines.find((line, index) => index > at && line.state !== 'pause')
      return this.#onLines(next ? [id, next.id] : [id], `/v1/lines/${id}/merge`, {})
    })
  }

  /** Leave lines out of the reading. */
  remove(ids: readonly number[]): Promise<Edited> {
    return this.#edit(() => this.#onLines(ids, `/v1/episodes/${this.id}/lines/delete`, { lines: ids }))
  }

  /** Put lines, in this order, behind another one, or at the start. */
  move(ids: readonly number[], after: number | null): Promise<Edited> {
    return this.#edit(() => this.#onLines([], `/v1/episodes/${this.id}/lines/move`, { lines: ids, after }))
  }

  /** Add a line behind another one or at the start; a pause where it has no text. */
  insert(after: number | null, line: Wording): Promise<Edited> {
    return this.#edit(() => this.#onLines([], `/v1/episodes/${this.id}/lines`, { after, ...line }))
  }

  /** Take the last edit back; not sent again, since by then the last one may be somebody else's. */
  undo(): Promise<Edited> {
    return this.#edit(() => ({ ...this.#onLines([], `/v1/episodes/${this.id}/undo`, {}), again: false }))
  }

  redo(): Promise<Edited> {
    return this.#edit(() => ({ ...this.#onLines([], `/v1/episodes/${this.id}/redo`, {}), again: false }))
  }

  /** Have a line sound as another of its takes does. */
  choose(id: number, take: number): Promise<Edited> {
    return this.#edit(() => this.#onLines([id], `/v1/lines/${id}/choose`, { take }))
  }

  /** Have the voice speak a line once more, in another way; edits of other lines go on meanwhile. */
  record(id: number): Promise<Edited> {
    return this.#make(id, () => this.#onLines([id], `/v1/lines/${id}/record`, {}))
  }

  /** Hand in a recording of a line; it is checked, and chosen. */
  upload(id: number, blob: Blob, origin: 'microphone' | 'upload'): Promise<Edited> {
    return this.#make(id, () => ({
      on: this.#find([id]),
      run: (revision) => {
        const form = new FormData()
        form.append('file', blob, blob instanceof File ? blob.name : 'recording')
        form.append('revision', String(revision))
        form.append('origin', origin)
        return this.send_('POST', `/v1/lines/${id}/takes`, { form })
      },
    }))
  }

  #onLines(ids: readonly number[], path: string, body: object): Act {
    return {
      on: this.#find(ids),
      run: (revision) => this.send_('POST', path, { body: { revision, ...body } }),
    }
  }

  #find(ids: readonly number[]): (Line | undefined)[] {
    return ids.map((id) => this.byId.get(id))
  }

  /** Edits wait for each other, so that each knows the revision that the one before it made. */
  #edit(decide: () => Act): Promise<Edited> {
    const turn = this.#last.then(() => this.#carryOut(decide()))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** A take comes late: it waits for the edits before it, and none waits for it. */
  async #make(id: number, decide: () => Act): Promise<Edited> {
    this.recording.add(id)
    try {
      await this.#last
      return await this.#carryOut(decide())
    } finally {
      this.recording.delete(id)
    }
  }

  async #carryOut({ on = [], run, again = true }: Act): Promise<Edited> {
    this.#nPending++
    try {
      for (let nTries = 1; ; nTries++) {
        try {
          const now = on.filter((line) => line !== undefined)
          if (now.some((line) => hasChanged(line, this.byId.get(line.id)))) throw new Clash('Somebody else changed this line meanwhile.')
          const edited = await run(this.revision)
          this.apply(edited)
          return edited
        } catch (error) {
          if (!(error instanceof Refusal && error.code === 'stale_revision') || nTries === MOST_TRIES) throw error
          await this.load()
          if (!again) throw new Clash('Somebody else edited this reading meanwhile. Look at what changed, then do it again.')
        }
      }
    } finally {
      this.#nPending--
      this.#catchUp()
    }
  }

  /** Have what an edit changed. */
  apply(edited: Edited): void {
    const isNext = edited.revision <= this.revision + 1
    const isNewest = edited.revision >= this.revision
    for (const line of edited.lines) this.#editedAt.set(line.id, edited.revision)
    this.lines = arrange(this.lines, edited, { inOrder: isNewest })
    if (isNewest) this.#standAt(edited.revision, edited)
    this.#forgetGone()
    if (!isNext) void this.load() // others edited in between
  }

  hearLine(told: Told['line']): void {
    if (told.episode !== this.id) return
    const { line, revision } = told
    this.#heard = Math.max(this.#heard, revision)
    if (revision >= Math.max(this.#loadedAt, this.#editedAt.get(line.id) ?? 0)) {
      this.lines = putInto(this.lines, line)
      this.#heardWhileLoading?.set(line.id, told)
    }
    this.#catchUp()
  }

  hearEpisode(told: Told['episode']): void {
    if (told.id !== this.id) return
    const before = this.episode?.state
    this.#heard = Math.max(this.#heard, told.revision)
    if (this.episode) this.episode = { ...this.episode, ...told }
    // A new file has a new address, a failure its reason, and a fetched post its title: only the episode tells them.
    if (told.state !== before) void this.#refreshEpisode()
    this.#catchUp()
  }

  async #refreshEpisode(): Promise<void> {
    try {
      this.episode = await this.send_<Episode>('GET', `/v1/episodes/${this.id}`)
    } catch {
      // What is shown is a moment old; the next event or return of the server mends it.
    }
  }

  /** Ask for what others did, once nothing of our own is on its way: its answer may be what was heard of. */
  #catchUp(): void {
    clearTimeout(this.#timer)
    if (this.#heard <= this.revision || this.#nPending > 0) return
    this.#timer = setTimeout(() => this.#heard > this.revision && this.#nPending === 0 && void this.load(), CATCH_UP_MS)
  }

  #standAt(revision: number, { can_undo, can_redo }: { can_undo: boolean; can_redo: boolean }): void {
    this.revision = revision
    this.canUndo = can_undo
    this.canRedo = can_redo
  }

  #forgetGone(): void {
    if ([...this.selection].some((id) => !this.byId.has(id))) {
      this.selection = new Set([...this.selection].filter((id) => this.byId.has(id)))
    }
    if (this.current !== null && !this.byId.has(this.current)) this.current = null
  }
}
