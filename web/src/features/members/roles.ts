import type { Role } from "@/api/types"

/** Every role, in the order in which forms offer them. */
export const ROLES: readonly Role[] = [
  "student",
  "helper",
  "desk",
  "secretary",
  "counsellor",
  "leader",
  "logistics",
  "admin",
  "sealed_reader",
]

/** The roles that hold only in the places that somebody works for. */
export const BY_PLACE: readonly Role[] = ["desk", "secretary", "counsellor", "logistics"]
