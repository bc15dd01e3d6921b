/** Whose session this browser holds, as the tab that signed in or out last has written it down for all of them. */
export const KEPT = "yizhan.person"

export function sessionOwnerId(): string | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null") as { id?: string } | null
    return kept?.id ?? null
  } catch {
    return null
  }
}
