#!/bin/sh
# The first process of a container does not notice a signal before it listens, and Node takes a while until it does. This
# listens at once, hands on what it hears, and ends with the program's exit code: 0 if it was told to end, also where that
# came before the program could listen.
# shellcheck disable=SC2317 # the trap calls it
stop() {
  told=yes
  [ -z "$program" ] || kill -TERM "$program" 2>/dev/null
}
told='' program=''
trap stop TERM INT
"$@" &
program=$!
[ -z "$told" ] || kill -TERM "$program" 2>/dev/null
# A signal ends `wait`, not the program.
while
  wait "$program"
  code=$?
  kill -0 "$program" 2>/dev/null
do :; done
# Ended by the very signal: nothing was begun.
[ -n "$told" ] && [ "$code" = 143 ] && exit 0
exit "$code"
