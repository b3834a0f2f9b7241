/** The one way to the server: calls typed by its OpenAPI document, and what may go wrong as two kinds of errors. */

import createClient from 'openapi-fetch'
import { session } from '../stores/session.svelte'
import type { paths } from './schema'

/** The server answered, and said no: with its own words, which are made to be shown. */
export class Refusal extends Error {
  override name = 'Refusal'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The whole error of the answer, for what only some refusals carry. */
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  override name = 'Unreachable'

  constructor() {
    super('The server does not answer.')
  }
}

/** Calls with paths, parameters and bodies as the server describes them; pass what they return to {@link ask}. */
export const api = createClient<paths>({
  baseUrl: '/',
  fetch: (request) => fetch(request),
})

interface Answer {
  data?: unknown
  error?: unknown
  response: Response
}

/**
 * What a call brought.
 *
 * The type is named by the caller where the server's description leaves it open.
 *
 * @throws {Refusal} the server said no.
 * @throws {Unreachable} nobody answered.
 */
export async function ask<T>(call: Promise<Answer>): Promise<T> {
  let answer: Answer
  try {
    answer = await call
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    if (error instanceof TypeError) throw new Unreachable() // what fetch throws when there is no answer
    throw error
  }
  if (answer.response.status === 401) session.isNeeded = true
  if (!answer.response.ok) throw toRefusal(answer.response.status, answer.error)
  return answer.data as T
}

/** An error body, whatever shape it has, as a refusal. */
export function toRefusal(status: number, body: unknown): Refusal {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {}
  const message = typeof error.message === 'string' ? error.message : `The server answered ${status}.`
  const code = typeof error.code === 'string' ? error.code : `http_${status}`
  return new Refusal(status, code, message, error)
}

/** Whether the server is one that does not know this address yet. */
export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && (error.code === 'http_404' || error.code === 'http_405')
}

/** An error as a sentence for people. */
export function toWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * A call in plain words, for forms with files and for routes that the server may not have.
 *
 * @throws {Refusal} the server said no.
 * @throws {Unreachable} nobody answered.
 */
export async function send<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  wanted: { body?: unknown; form?: FormData; signal?: AbortSignal } = {},
): Promise<T> {
  const init: RequestInit = { method }
  if (wanted.signal) init.signal = wanted.signal
  if (wanted.form) init.body = wanted.form
  if (wanted.body !== undefined) {
    init.body = JSON.stringify(wanted.body)
    init.headers = { 'Content-Type': 'application/json' }
  }
  const answer = fetch(path, init).then(async (response) => {
    const text = await response.text()
    const said = parse(text)
    return response.ok ? { data: said, response } : { error: said, response }
  })
  return ask<T>(answer)
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined // a proxy's page, for one
  }
}
