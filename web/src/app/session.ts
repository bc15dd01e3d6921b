import { computed, reactive, readonly } from "vue"
import { renewSession, signIn as ask, signOut as leave, whoAmI } from "@/api/members"
import { signedOut } from "@/api/client"
import { access } from "@/api/generated/access"
import { asProblem } from "@/api/problem"
import type { Person, Role } from "@/api/types"
import { forgetGuardedDrafts } from "@/features/requests/draft"
import { forgetSealedForms } from "@/live/useOutbox"
import { forgetNames } from "@/ui/names"
import { KEPT, sessionOwnerId } from "./sessionOwner"

function remembered(): Person | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Person | null
  } catch {
    return null
  }
}

const state = reactive({ person: null as Person | null, known: false, ended: false })

function set(person: Person | null): void {
  if (person?.id !== state.person?.id) forgetNames()
  state.person = person
  state.known = true
  if (person) localStorage.setItem(KEPT, JSON.stringify(person))
  else localStorage.removeItem(KEPT)
}

signedOut.addEventListener("signed-out", (told) => {
  state.ended = (told as CustomEvent<string>).detail === "auth.session_ended"
  set(null)
})

// All tabs of a browser have one session: what another tab did to it holds here too. Whoever signed in there must not
// file what somebody else wrote here.
window.addEventListener("storage", ({ key }) => {
  if ((key !== KEPT && key !== null) || !state.person) return
  const there = sessionOwnerId()
  if (there === null) set(null)
  else if (there !== state.person.id) location.replace("/")
})

const leaving = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("yizhan.leaving")
leaving?.addEventListener("message", forgetGuardedDrafts)

export const session = readonly(state)
export const me = computed(() => state.person)
export const hasRole = (...roles: readonly Role[]): boolean => roles.some((role) => state.person?.roles.includes(role))
/** Whether the service lets one of the roles make this call. */
export const mayCall = (call: keyof typeof access): boolean => hasRole(...access[call])

const rightsOf = ({ roles, duty, units }: Person): string =>
  JSON.stringify([roles, duty ?? [], units].map((all) => [...all].sort()))

/** Finds out who is signed in; without a network, whoever was signed in last. */
export async function loadSession(): Promise<void> {
  if (state.known) return
  try {
    const before = remembered()
    const person = await whoAmI()
    // The token still tells what was so at its signing: a role, a duty or a unit that was gained since needs a new one.
    set(before?.id === person.id && rightsOf(before) !== rightsOf(person) ? (await renewSession()).person : person)
  } catch (thrown) {
    if (asProblem(thrown).passing) {
      state.person = remembered()
      state.known = true
    } else set(null)
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  const { person } = await ask(username, password)
  state.ended = false
  set(person)
}

/**
 * Signs out. Drafts that not everybody may read, and sealed forms that were not filed yet, are forgotten in every tab;
 * everything else waits for its owner.
 */
export async function signOut(): Promise<void> {
  const owner = state.person?.id
  forgetGuardedDrafts()
  leaving?.postMessage("leaving")
  if (owner) await forgetSealedForms(owner).catch(() => undefined)
  await leave().catch(() => undefined)
  set(null)
}

const DESK: Role[] = ["desk", "logistics", "admin"]

/** The page that opens first for a person with these roles. */
export function homePath(): string {
  if (hasRole("leader")) return "/screen"
  if (hasRole(...DESK)) return "/desk/queue"
  if (hasRole("secretary", "counsellor")) return "/desk/activities"
  if (hasRole("sealed_reader")) return "/desk/queue"
  return hasRole("helper") ? "/m/legs" : "/m"
}
