import { expect, test } from 'vitest'
import { Refusal, Unreachable, type send } from '../api/client'
import type { Edited, Line } from '../api/domain'
import { Drafts } from './drafts.svelte'
import { Clash, Reading } from './lines.svelte'

function line(id: number, text: string): Line {
  return { object: 'line', id, text, spoken: text, pause_s: 0.4, voice: null, state: 'waiting', kind: 'prose', n_takes: 0, take: null } as Line
}

/** A server of one reading, as far as its lines go: it counts revisions, and refuses what was decided on an old one. */
class Desktop {
  revision = 1
  lines = [line(1, 'one'), line(2, 'two'), line(3, 'three')]
  asked: string[] = []
  isAway = false
  /** The episode itself is told only then. */
  until = Promise.resolve()

  /** What somebody else does. */
  change(id: number, text: string): Edited {
    this.revision++
    this.lines = this.lines.map((each) => (each.id === id ? line(id, text) : each))
    return this.tell(this.lines.filter((each) => each.id === id))
  }

  remove(id: number): Edited {
    this.revision++
    this.lines = this.lines.filter((each) => each.id !== id)
    return { ...this.tell([]), removed: [id], order: this.lines.map((each) => each.id) }
  }

  tell(lines: Line[]): Edited {
    return { revision: this.revision, lines, removed: [], order: null, can_undo: true, can_redo: false }
  }

  answer = ((method: string, path: string, { body }: { body?: unknown } = {}) => {
    this.asked.push(`${method} ${path.split('?')[0]}`)
    const isEpisode = method === 'GET' && !path.includes('/lines')
    return (isEpisode ? this.until : Promise.resolve()).then(() => this.decide(method, path, body as never))
  }) as typeof send

  private decide(method: string, path: string, body: { revision: number; changes?: Record<number, { text: string }>; lines?: number[] }): unknown {
    if (this.isAway) throw new Unreachable()
    if (method === 'GET' && path.includes('/lines')) {
      return { revision: this.revision, can_undo: false, can_redo: false, data: this.lines, next: null }
    }
    if (method === 'GET') return { id: 7, state: 'ready', title: 'Kettles' }
    if (body.revision !== this.revision) throw new Refusal(409, 'stale_revision', 'stale', { revision: this.revision })
    if (path.endsWith('/delete')) return this.remove(body.lines?.[0] ?? 0)
    const [id, change] = Object.entries(body.changes ?? {})[0] ?? []
    if (id === undefined) return this.tell([])
    if (change?.text === '') throw new Refusal(422, 'edit_refused', 'a line that says nothing is to be deleted')
    return this.change(Number(id), change?.text ?? '')
  }
}

async function open(): Promise<{ server: Desktop; reading: Reading }> {
  const server = new Desktop()
  const reading = new Reading(7, server.answer)
  await reading.load()
  server.asked = []
  return { server, reading }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => undefined as void
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

const texts = (reading: Reading): string[] => reading.lines.map((each) => each.text)

test('edits that are made in a row are each sent with the revision that the one before made', async () => {
  const { server, reading } = await open()

  await Promise.all([reading.word(1, { text: 'ONE' }), reading.word(2, { text: 'TWO' })])

  expect(server.asked).toEqual(['PATCH /v1/episodes/7/lines', 'PATCH /v1/episodes/7/lines'])
  expect([texts(reading), reading.revision]).toEqual([['ONE', 'TWO', 'three'], 3])
})

test('an edit that came late is sent again where the others changed other lines, which are then known too', async () => {
  const { server, reading } = await open()
  server.change(3, 'three!')

  await reading.word(1, { text: 'ONE' })

  expect(texts(reading)).toEqual(['ONE', 'two', 'three!'])
})

test('an edit of a line that somebody else has changed is not sent, and theirs is shown', async () => {
  const { server, reading } = await open()
  server.change(1, 'uno')

  await expect(reading.word(1, { text: 'ONE' })).rejects.toThrow(Clash)

  expect([texts(reading)[0], server.lines[0]?.text]).toEqual(['uno', 'uno'])
})

test('undo is not sent again after an edit of somebody else, which it would take back', async () => {
  const { server, reading } = await open()
  server.change(1, 'uno')

  await expect(reading.undo()).rejects.toThrow(Clash)

  expect(server.asked.filter((each) => each.endsWith('undo'))).toHaveLength(1)
})

test('lines that are the same stay the same objects when everything is asked for again', async () => {
  const { server, reading } = await open()
  const [first, , third] = reading.lines
  server.change(2, 'dos')
  server.lines = server.lines.map((each) => ({ ...each }))

  await reading.load()

  expect([reading.lines[0] === first, reading.lines[2] === third, texts(reading)[1]]).toEqual([true, true, 'dos'])
})

test('an edit that is made while everything is asked for is not taken back by what comes late', async () => {
  const { server, reading } = await open()
  const { promise, resolve } = withResolvers()
  server.until = promise
  const loading = reading.load()
  await reading.word(1, { text: 'ONE' })

  resolve()
  await loading

  expect([texts(reading)[0], reading.revision]).toEqual(['ONE', 2])
})

test('what is heard of a line is shown, and what is older than its last edit is not', async () => {
  const { reading } = await open()
  await reading.word(1, { text: 'ONE' })

  reading.hearLine({ episode: 7, revision: 1, line: line(1, 'one') })
  reading.hearLine({ episode: 7, revision: 2, line: line(2, 'dos') })
  reading.hearLine({ episode: 8, revision: 9, line: line(3, 'tres') })

  expect(texts(reading)).toEqual(['ONE', 'dos', 'three'])
})

test('lines that are gone are neither selected nor where the person is', async () => {
  const { reading } = await open()
  reading.selection = new Set([1, 2])
  reading.current = 2

  await reading.remove([2])

  expect([[...reading.selection], reading.current, texts(reading)]).toEqual([[1], null, ['one', 'three']])
})

test('what is being typed stays while the line changes elsewhere, and is sent over it only when the person says so', async () => {
  const { server, reading } = await open()
  const drafts = new Drafts(reading)
  const draft = drafts.open(1)
  if (draft) draft.text = 'mine'
  reading.apply(server.change(1, 'theirs'))

  expect(await drafts.save(1)).toBe(false)
  expect([draft?.text, draft?.state, drafts.findOther(1)?.text]).toEqual(['mine', 'clashed', 'theirs'])
  expect(await drafts.insist(1)).toBe(true)

  expect([server.lines[0]?.text, drafts.byLine.size]).toEqual(['mine', 0])
})

test('what cannot be sent is kept until it can', async () => {
  const { server, reading } = await open()
  const drafts = new Drafts(reading)
  const draft = drafts.open(2)
  if (draft) draft.text = 'zwei'
  server.isAway = true
  await drafts.save(2)
  const stateWhileAway = draft?.state
  server.isAway = false

  expect(await drafts.save(2)).toBe(true)

  expect([stateWhileAway, texts(reading)[1]]).toEqual(['kept', 'zwei'])
})

test('a wording that the server refuses stays, with what is wrong with it', async () => {
  const { reading } = await open()
  const drafts = new Drafts(reading)
  const draft = drafts.open(2)
  if (draft) draft.text = ' '

  expect(await drafts.save(2)).toBe(false)

  expect([draft?.state, draft?.problem]).toEqual(['typing', 'a line that says nothing is to be deleted'])
})

test('a draft of a line that somebody else left out is not lost', async () => {
  const { server, reading } = await open()
  const drafts = new Drafts(reading)
  const draft = drafts.open(2)
  if (draft) draft.text = 'zwei'

  reading.apply(server.remove(2))

  expect(drafts.orphans.map(([id, each]) => [id, each.text])).toEqual([[2, 'zwei']])
})

test('a draft that says what the line says is closed without asking anybody', async () => {
  const { server, reading } = await open()
  const drafts = new Drafts(reading)
  const draft = drafts.open(1)
  if (draft) draft.text = ' one '

  expect(await drafts.save(1)).toBe(true)

  expect([server.asked, drafts.byLine.size]).toEqual([[], 0])
})
