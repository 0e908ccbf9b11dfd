/**
 * The account that anonymous admins of all groups write as (core.telegram.org/bots/api, Message.sender_chat): nobody's, so nothing
 * that is a person's can be its.
 */
export const ANONYMOUS_ADMIN = 1_087_968_824;
