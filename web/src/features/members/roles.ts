import type { Role } from "@/api/types"

/** Every role, in the order in which forms offer them. */
export const ROLES: readonly Role[] = ["student", "helper", "desk", "secretary", "counsellor", "leader", "logistics", "admin"]
