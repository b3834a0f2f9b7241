import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Events, type Source } from './events.svelte'

class FakeSource implements Source {
  onopen: ((event: Event) => unknown) | null = null
  onerror: ((event: Event) => unknown) | null = null
  isClosed = false
  #listeners: Record<string, (event: MessageEvent<string>) => void> = {}

  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners[kind] = listener
  }

  tell(kind: string, what: unknown): void {
    this.#listeners[kind]?.({ data: JSON.stringify(what) } as MessageEvent<string>)
  }

  close(): void {
    this.isClosed = true
  }
}

let sources: FakeSource[]
let events: Events

beforeEach(() => {
  vi.useFakeTimers()
  sources = []
  events = new Events(() => {
    const source = new FakeSource()
    sources.push(source)
    return source
  })
})

afterEach(() => {
  vi.useRealTimers()
})

const event = new Event('x')

test('whoever listens to a kind hears it until they stop', () => {
  const heard: unknown[] = []
  const stop = events.on('job', (job) => heard.push(job.id))
  events.start()

  sources[0]?.tell('job', { id: 'a' })
  stop()
  sources[0]?.tell('job', { id: 'b' })

  expect(heard).toEqual(['a'])
})

test('a stream that breaks is opened again, after longer and longer pauses', () => {
  events.start()
  sources[0]?.onopen?.(event)
  sources[0]?.onerror?.(event)
  expect(events.state).toBe('gone')

  vi.advanceTimersByTime(500)
  sources[1]?.onerror?.(event)
  vi.advanceTimersByTime(500)

  expect(sources).toHaveLength(2)
  vi.advanceTimersByTime(300)
  expect(sources).toHaveLength(3)
})

test('what happened while the server was gone is asked for when it is back, and not at the first start', () => {
  let nReturns = 0
  events.onReturn(() => nReturns++)
  events.start()
  sources[0]?.onopen?.(event)
  expect(nReturns).toBe(0)

  sources[0]?.onerror?.(event)
  vi.advanceTimersByTime(500)
  sources[1]?.onopen?.(event)

  expect([nReturns, events.state]).toEqual([1, 'open'])
})

test('a server that was not there at the first start is asked for everything when it comes', () => {
  let nReturns = 0
  events.onReturn(() => nReturns++)
  events.start()
  sources[0]?.onerror?.(event)

  vi.advanceTimersByTime(500)
  sources[1]?.onopen?.(event)

  expect(nReturns).toBe(1)
})

test('a hidden page gives its connection back, and nothing opens it meanwhile', () => {
  events.start()
  sources[0]?.onopen?.(event)
  sources[0]?.onerror?.(event)
  events.rest()

  vi.advanceTimersByTime(60_000)

  expect([sources.length, events.state]).toEqual([1, 'resting'])
})

test('a person who does not want to wait need not', () => {
  events.start()
  sources[0]?.onerror?.(event)

  events.retry()
  events.retry()

  expect(sources).toHaveLength(2)
})
