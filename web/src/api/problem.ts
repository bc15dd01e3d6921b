/** A refusal or a fault that a service answered, or that no service could be reached. */
export interface FieldProblem {
  path: string
  code: string
  message: string
  params?: Record<string, unknown>
}

export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly params: Record<string, unknown>
  readonly errors: readonly FieldProblem[]

  constructor(
    status: number,
    code: string,
    detail = "",
    params: Record<string, unknown> = {},
    errors: readonly FieldProblem[] = [],
  ) {
    super(detail || code)
    this.name = "Problem"
    this.status = status
    this.code = code
    this.detail = detail
    this.params = params
    this.errors = errors
  }

  /** Whether the same call may succeed later unchanged: no network, or a service that is down or busy. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

/** The problem when nothing answered at all. */
export const OFFLINE = "web.offline"

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

/** Reads a problem document; anything else becomes a problem named after its status. */
export function readProblem(status: number, body: unknown): Problem {
  const { code, detail, title, params, errors } = record(body)
  return new Problem(
    status,
    typeof code === "string" ? code : `http.status_${String(status)}`,
    typeof detail === "string" ? detail : typeof title === "string" ? title : "",
    record(params),
    Array.isArray(errors) ? (errors as FieldProblem[]) : [],
  )
}

/** Turns whatever was thrown into a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem(0, OFFLINE, thrown instanceof Error ? thrown.message : String(thrown))
}
