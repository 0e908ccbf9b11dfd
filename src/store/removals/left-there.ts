/**
 * Of a removal `kept` and a complete copy that it keeps: it is from before the machine of that has joined, which so was let go and has
 * come again. It takes nothing away: the files lie there in no library, and whoever takes them over is right as well as whoever undoes it.
 */
export const LEFT_THERE = `kept.taking = 'nothing' AND copies.path IS NOT NULL
  AND kept.removed_at < coalesce((SELECT joined_at FROM hosts WHERE hosts.id = copies.host_id), '')`;
