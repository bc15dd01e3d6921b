import { OFFLINE, Problem, readProblem } from "./problem"

type Value = string | number | boolean | null | undefined

export interface Ask {
  query?: Record<string, Value>
  body?: unknown
  raw?: { body: BodyInit; type: string }
  key?: string
  version?: number
  signal?: AbortSignal
}

/** Tells everybody that the session has ended (the session listens). */
export const signedOut = new EventTarget()

function address(path: string, query: Record<string, Value> = {}): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
  const search = new URLSearchParams(parts.map(([name, value]) => [name, String(value)])).toString()
  return search ? `${path}?${search}` : path
}

/** Calls the API. Throws a Problem for every answer that is not a success, and when nothing answered. */
export async function call<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
  const headers = new Headers({ Accept: "application/json" })
  if (ask.body !== undefined) headers.set("Content-Type", "application/json")
  if (ask.raw) headers.set("Content-Type", ask.raw.type)
  if (ask.key) headers.set("Idempotency-Key", ask.key)
  if (ask.version !== undefined) headers.set("If-Match", `"${String(ask.version)}"`)
  let response: Response
  try {
    const body = ask.raw ? ask.raw.body : ask.body === undefined ? null : JSON.stringify(ask.body)
    response = await fetch(address(path, ask.query), {
      method, headers, body, credentials: "same-origin", ...(ask.signal ? { signal: ask.signal } : {}),
    })
  } catch (thrown) {
    if (ask.signal?.aborted) throw thrown
    throw new Problem(0, OFFLINE, thrown instanceof Error ? thrown.message : "")
  }
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as T
  const problem = readProblem(response.status, answer)
  if (problem.code === "auth.signed_out") signedOut.dispatchEvent(new Event("signed-out"))
  throw problem
}
