import createClient from "openapi-fetch"
import { timedFetch } from "@/live/campus"
import type { paths as Activities } from "./generated/activities"
import type { paths as Members } from "./generated/members"
import type { paths as Reporting } from "./generated/reporting"
import type { paths as Requests } from "./generated/requests"
import { OFFLINE, Problem, readProblem } from "./problem"

const options = { credentials: "same-origin", fetch: timedFetch } as const

/** One client for each service, typed by its frozen OpenAPI document. */
export const activities = createClient<Activities>(options)
export const members = createClient<Members>(options)
export const reporting = createClient<Reporting>(options)
export const requests = createClient<Requests>(options)

/** Tells everybody that nobody is signed in any more, and by which code (the session listens). */
export const signedOut = new EventTarget()
export const tellSignedOut = (code: string) => signedOut.dispatchEvent(new CustomEvent("signed-out", { detail: code }))

const GONE: ReadonlySet<string> = new Set([
  "auth.session_ended",
  "auth.signed_out",
  "auth.token_expired",
  "auth.token_invalid",
])

interface Answer {
  data?: unknown
  error?: unknown
  response: Response
}

async function settle<A extends Answer>(asked: Promise<A>): Promise<A> {
  let answer: A
  try {
    answer = await asked
  } catch (thrown) {
    throw new Problem(0, OFFLINE, thrown instanceof Error ? thrown.message : "")
  }
  if (answer.response.ok) return answer
  const problem = readProblem(answer.response.status, answer.error)
  if (GONE.has(problem.code)) tellSignedOut(problem.code)
  throw problem
}

/** What a service answered. Throws a Problem for every answer that is not a success, and when nothing answered. */
export async function answer<A extends Answer>(asked: Promise<A>): Promise<NonNullable<A["data"]>> {
  return (await settle(asked)).data as NonNullable<A["data"]>
}

/** Waits for a call that answers nothing; throws as `answer` does. */
export async function done(asked: Promise<Answer>): Promise<void> {
  await settle(asked)
}

/** The query without what was left empty. */
export function lean<Q extends object>(query: Q): { [K in keyof Q]: Exclude<Q[K], "" | null> | undefined } {
  const kept = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== "" && value !== false,
  )
  return Object.fromEntries(kept) as { [K in keyof Q]: Exclude<Q[K], "" | null> | undefined }
}
