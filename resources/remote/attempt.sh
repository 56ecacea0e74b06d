#!/bin/sh
# The runner's minimum where there is no Node: POSIX sh and what comes with it (dash, busybox, bash alike), plus setsid.
#
# An attempt is a folder: what to run lies in files that `spec` brings, each text for sh with every word quoted; what is known of it lies in files beside them.
#   spec      project= wdir= grace= limit= (seconds; 0: none) and variables to export
#   commands  outs  programs   `set -- WORD...`
#   claim/    made by whoever decides first whether it runs
#   state     pid, start time of that process, boot, time of the start, child
#   output    what the commands print;  timing  `SECONDS o SIZE` (up to there by then), `SECONDS m NUMBER` (a command begins)
#   cancel    asks it to end: the grace in seconds
#   end       how it ended; stands last, so that all else is whole when it does
#   digests   `SHA256 BYTES PATH` of each file that an out or evidence holds, NUL after each; an out that is missing as `- - PATH`
#   environment   `name=value` lines
# Files that others read appear whole or not at all: written under another name, then renamed.
# shellcheck disable=SC1090,SC1091,SC2119,SC2120,SC2154
set -u
self=$0

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# Hundredths of a second on a clock that never goes back, where the system has one, as decimal seconds.
clock() {
  if [ -r /proc/uptime ]; then
    read -r up _ </proc/uptime
    printf %s "$up"
  else
    date +%s
  fi
}

boot() {
  if [ -r /proc/sys/kernel/random/boot_id ]; then
    cat /proc/sys/kernel/random/boot_id
  else
    sysctl -n kern.boottime 2>/dev/null | tr -d ' '
  fi
}

# What tells a process from a later one of the same pid; empty where it is gone, or a zombie.
started() {
  if [ -r /proc/self/stat ]; then
    [ -r "/proc/$1/stat" ] || return 0
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The second field is a name in parentheses and may hold anything.
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    case $1 in Z | X) return 0 ;; esac
    shift 19
    printf %s "$1"
  else
    ps -o lstart= -p "$1" 2>/dev/null | tr -d ' '
  fi
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sum=$(sha256sum); else sum=$(shasum -a 256); fi
  printf %s "${sum%% *}"
}

size() {
  if [ -f "$1" ]; then
    bytes=$(wc -c <"$1")
    printf %d "$bytes"
  else
    printf 0
  fi
}

# `appear NAME`: standard input becomes the file of that name.
appear() {
  cat >"$1.tmp" && mv -f "$1.tmp" "$1"
}

# ---------- content that was sent: FOLDER/content/ab/SHA256, never changed ----------

content() {
  printf '%s/content/%.2s/%s' "$root" "$1" "$1"
}

# Which of the digests on standard input, a line each, are not here.
missing() {
  while read -r sha; do
    [ -f "$(content "$sha")" ] || printf '%s\n' "$sha"
  done
}

# Takes files named by their digests out of a tar archive; what is not what its name says is refused.
receive() {
  umask 077
  incoming=$root/content/incoming.$$
  rm -rf "$incoming"
  mkdir -p "$incoming" || exit 1
  trap 'rm -rf "$incoming"' EXIT
  tar -xf - -C "$incoming" || exit 1
  for file in "$incoming"/*; do
    [ -f "$file" ] || continue
    name=${file##*/}
    found=$(sha256 <"$file")
    [ "$found" = "$name" ] || fail "A file changed while it was being sent: $name arrived as $found."
    chmod 400 "$file"
    target=$(content "$name")
    mkdir -p "${target%/*}" && mv -f "$file" "$target" || exit 1
  done
}

# For `layout`, which is text for sh: `put SHA256 MODE PATH` for each file, `folder PATH`.
put() {
  case $3 in */*) mkdir -p "./${3%/*}" || exit 1 ;; esac
  if ! cp "$(content "$1")" "./$3" || ! chmod "$2" "./$3"; then fail "'$3' could not be laid out."; fi
}

folder() {
  mkdir -p "./$1" || exit 1
}

# ---------- an attempt ----------

# Takes what to run, as a tar archive, into a new folder; does nothing where it was begun.
spec() {
  command -v setsid >/dev/null 2>&1 || fail 'There is no setsid. Install util-linux or busybox.'
  [ -d "$here/claim" ] && return 0
  rm -rf "$here"
  mkdir -p "$here" || exit 1
  tar -xf - -C "$here" || exit 1
  [ -f "$here/layout" ] || return 0
  mkdir -p "$here/project"
  (cd "$here/project" && . "$here/layout") || exit 1
}

# Begins it, detached from whoever asks; once.
start() {
  [ -f "$here/spec" ] || fail "There is no attempt in $here."
  mkdir "$here/claim" 2>/dev/null || return 0
  (setsid sh "$self" "$root" run "${here##*/}" </dev/null >"$here/log" 2>&1 &)
  waited=0
  until [ -f "$here/state" ] || [ -f "$here/end" ]; do
    [ $waited -lt 30 ] || fail "It gave no sign of life within 30 s; see $here/log."
    sleep 1
    waited=$((waited + 1))
  done
}

tell_state() {
  printf 'pid=%s\nstarted=%s\nboot=%s\nat=%s\nchild=%s\nchildstarted=%s\n' "$$" "$own" "$(boot)" "$began" "${child:-}" "${child:+$(started "$child")}" | appear "$here/state"
}

# Seconds, whole, since it began.
elapsed() {
  now=$(clock)
  printf %d $((${now%%.*} - ${zero%%.*}))
}

signal_group() {
  [ -z "$child" ] || kill "-$1" "-$child" 2>/dev/null
}

# Asks the commands to end: why, and after how many seconds by force.
stop() {
  [ -f "$here/stopped" ] || printf '%s\n' "$1" | appear "$here/stopped"
  [ -f "$here/deadline" ] || printf '%s\n' $(($(elapsed) + $2)) | appear "$here/deadline"
}

# Once a second, beside the commands, in a process of its own.
watch() {
  trap - TERM
  told=''
  while kill -0 "$$" 2>/dev/null; do
    printf '%s\n' "$(clock)" | appear "$here/heartbeat"
    printf '%s o %s\n' "$(clock)" "$(size "$here/output")" >>"$here/timing"
    if [ -f "$here/cancel" ]; then
      read -r seconds <"$here/cancel"
      stop cancelled "${seconds:-$grace}"
    elif [ "$limit" -gt 0 ] && [ "$(elapsed)" -ge "$limit" ]; then
      stop limit "$grace"
    fi
    if [ -f "$here/stopped" ]; then
      child=$(sed -n 's/^child=//p' "$here/state")
      if [ "$told" != "$child" ]; then
        signal_group TERM
        told=$child
      fi
      read -r deadline <"$here/deadline"
      [ "$(elapsed)" -lt "$deadline" ] || signal_group KILL
    fi
    sleep 1
  done
}

run() {
  zero=$(clock)
  began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  own=$(started "$$")
  child=''
  code=-1
  trap '' HUP
  . "$here/spec"
  trap 'printf "%s\n" "$grace" | appear "$here/cancel"' TERM
  : >"$here/output"
  printf '%s z\n' "$zero" >"$here/timing"
  tell_state
  if ! cd "$project/$wdir" 2>/dev/null; then
    finish "The working folder '$wdir' does not exist."
    return
  fi
  watch &
  watcher=$!
  . "$here/commands"
  number=0
  for command in "$@"; do
    [ ! -f "$here/stopped" ] || break
    number=$((number + 1))
    printf '%s o %s\n%s m %s\n' "$(clock)" "$(size "$here/output")" "$(clock)" "$number" >>"$here/timing"
    (
      trap - TERM HUP
      unset SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION SSH_CLIENT SSH_TTY SSH_ORIGINAL_COMMAND
      . "$here/spec"
      STRONGROOM_METRICS=$here/metrics.jsonl PYTHONUNBUFFERED=1 TERM=dumb LANG=${LANG:-C.UTF-8}
      export STRONGROOM_METRICS PYTHONUNBUFFERED TERM LANG
      exec setsid sh -c "$command"
    ) </dev/null >>"$here/output" 2>&1 &
    child=$!
    tell_state
    while :; do
      wait "$child"
      code=$?
      # A signal to this process ends the wait, not the command.
      kill -0 "$child" 2>/dev/null || break
    done
    # Who was asked to end may save what it has, as long as the grace lasts; nothing else that a command left goes on.
    while [ -f "$here/stopped" ] && kill -0 "-$child" 2>/dev/null && [ "$(elapsed)" -le "$(cat "$here/deadline")" ]; do sleep 1; done
    signal_group KILL
    [ "$code" -eq 0 ] || break
  done
  child=''
  kill "$watcher" 2>/dev/null
  printf '%s o %s\n' "$(clock)" "$(size "$here/output")" >>"$here/timing"
  describe | appear "$here/environment"
  if [ "$code" -eq 0 ] && [ ! -f "$here/stopped" ]; then digest | appear "$here/digests"; fi
  finish ''
}

# The files of all outs and evidence, relative to the project.
digest() {
  cd "$project" || return
  . "$here/outs"
  for out in "$@"; do
    if [ ! -e "./$out" ]; then
      printf -- '- - %s\0' "$out"
      continue
    fi
    find -L "./$out" -type f -exec sh "$self" "$root" hash "${here##*/}" {} +
  done
}

hash() {
  for file in "$@"; do
    printf '%s %s %s\0' "$(sha256 <"$file")" "$(size "$file")" "${file#./}"
  done
}

describe() {
  printf 'os=%s\n' "$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null | head -n 1)"
  printf 'system=%s\nkernel=%s\narch=%s\n' "$(uname -s)" "$(uname -r)" "$(uname -m)"
  printf 'cpu=%s\n' "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
  printf 'cores=%s\n' "$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)"
  printf 'memory=%s\n' "$(sed -n 's/^MemTotal:[[:space:]]*\([0-9]*\) kB$/\1/p' /proc/meminfo 2>/dev/null)"
  if command -v nvidia-smi >/dev/null 2>&1; then
    nvidia-smi --query-gpu=name,uuid,memory.total,driver_version --format=csv,noheader,nounits 2>/dev/null | sed 's/^/gpu=/'
  fi
  . "$here/programs"
  for word in "$@"; do
    found=$(command -v -- "$word" 2>/dev/null)
    [ -f "$found" ] && printf 'program=%s %s %s\n' "$(sha256 <"$found")" "$word" "$found"
  done
}

# `why`: what kept it from running; empty where the commands' end says all.
finish() {
  stopped=''
  [ ! -f "$here/stopped" ] || read -r stopped <"$here/stopped"
  printf 'code=%s\nat=%s\nended=%s\nseconds=%s\nzero=%s\nnow=%s\nstopped=%s\nwhy=%s\n' \
    "$code" "$began" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(elapsed)" "$zero" "$(clock)" "$stopped" "$1" | appear "$here/end"
}

# `poll OUTPUT METRICS TIMING`: a line that says how it stands, then what has come since those sizes, at most a MiB of each.
poll() {
  if [ ! -d "$here" ]; then
    echo 'gone 0 0 0 -'
    return
  fi
  how=begins
  if [ -f "$here/end" ]; then
    how=ended
  elif [ -f "$here/state" ]; then
    pid=$(sed -n 's/^pid=//p' "$here/state")
    how=lost
    if [ "$(sed -n 's/^boot=//p' "$here/state")" != "$(boot)" ]; then
      how=rebooted
    elif [ "$(started "$pid")" = "$(sed -n 's/^started=//p' "$here/state")" ]; then
      how=running
    # It may have ended between the two looks.
    elif [ -f "$here/end" ]; then
      how=ended
    fi
  elif [ ! -d "$here/claim" ]; then
    how=waits
  fi
  out=$(part output "$1")
  met=$(part metrics.jsonl "$2")
  tim=$(part timing "$3")
  printf '%s %s %s %s %s\n' "$how" "$out" "$met" "$tim" "$(cat "$here/heartbeat" 2>/dev/null || echo -)"
  slice output "$1" "$out"
  slice metrics.jsonl "$2" "$met"
  slice timing "$3" "$tim"
}

part() {
  more=$(($(size "$here/$1") - $2))
  [ $more -ge 0 ] || more=0
  [ $more -le 1048576 ] || more=1048576
  printf %d $more
}

slice() {
  [ "$3" -eq 0 ] || tail -c "+$(($2 + 1))" "$here/$1" | head -c "$3"
}

# Ends what a lost attempt has left running, if it is still that.
orphans() {
  [ -f "$here/state" ] || return 0
  [ "$(sed -n 's/^boot=//p' "$here/state")" = "$(boot)" ] || return 0
  child=$(sed -n 's/^child=//p' "$here/state")
  [ -n "$child" ] && [ "$(started "$child")" = "$(sed -n 's/^childstarted=//p' "$here/state")" ] && kill -KILL "-$child" 2>/dev/null
  return 0
}

# What of the project is asked for, as a tar archive: `set -- PATH...` on standard input.
fetch() {
  cat >"$here/wanted" || exit 1
  . "$here/spec"
  . "$here/wanted"
  cd "$project" || exit 1
  tar -cf - -- "$@"
}

look() {
  [ -n "${missing_tools:=$(for tool in tar setsid find head tail sed wc date; do command -v $tool >/dev/null 2>&1 || printf ' %s' $tool; done)}" ] && printf 'missing=%s\n' "$missing_tools"
  command -v sha256sum >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 || echo 'missing= sha256sum'
  if ( : >"$root/probe.$$" ) 2>/dev/null; then rm -f "$root/probe.$$"; else echo 'readonly=1'; fi
  printf 'free=%s\n' "$(df -Pk "$root" 2>/dev/null | sed -n '2s/^.*[[:space:]]\([0-9]*\)[[:space:]]*[0-9]*%.*$/\1/p')"
  here=$root
  printf 'set --\n' >"$root/programs.$$"
  mkdir -p "$root/look.$$" && mv "$root/programs.$$" "$root/look.$$/programs"
  here=$root/look.$$
  describe
  rm -rf "$here"
}

root=$1
what=$2
here=$root/attempts/${3:-none}
shift 2
[ $# -eq 0 ] || shift
case $what in
  missing | receive | spec | start | run | hash | poll | orphans | fetch | look) "$what" "$@" ;;
  cancel) [ -d "$here" ] && printf '%s\n' "$1" | appear "$here/cancel" ;;
  give_up) mkdir -p "$here" && mkdir "$here/claim" ;;
  show) cat "$here/$1" ;;
  remove) rm -rf "$here" ;;
  *) fail "There is no '$what' here." ;;
esac
