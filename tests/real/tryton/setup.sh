#!/usr/bin/env bash
# Makes the template that every real-Tryton test starts from: a PostgreSQL data directory, stopped, holding one
# bootstrapped Tryton 6.0 database named "template". Everything comes from Debian (or Ubuntu) packages.
#
#   setup.sh TARGET_DIR COMPANY_CURRENCY
#
# As root it installs what is missing; otherwise it says what to install. A run cut off half-way starts over, several at
# once wait for the first. `server.ts` calls it; by hand it is only needed to look at the output.
set -euo pipefail

TARGET=${1:?target directory}
CURRENCY=${2:?company currency, EUR or USD}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MODULES="party company currency country product account account_product account_invoice account_invoice_stock stock sale sale_discount account_credit_limit purchase"
PY=/usr/bin/python3 # Debian's own: a python from elsewhere does not see the trytond packages

say() { printf 'tryton set-up: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

install_packages() {
  local wanted=(tryton-server tryton-proteus python3-psycopg2 python3-bcrypt python3-tz python3-phonenumbers python3-stdnum postgresql) missing=() m p
  for m in $MODULES; do wanted+=("tryton-modules-${m//_/-}"); done
  for p in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "these packages are missing and only root can install them: apt-get install ${missing[*]}"
  say "apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null || say "apt-get update failed, trying with the package lists at hand"
  # RUNLEVEL=1: the packages' own daemons are not started, the tests run their own
  RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt-get could not install Tryton; Debian 12 and Ubuntu 24.04 carry version 6.0 (set TRYTON_URL, TRYTON_DATABASE, TRYTON_USER and TRYTON_PASSWORD to use a server elsewhere)"
}

command -v apt-get >/dev/null || die "no apt-get here: set TRYTON_URL, TRYTON_DATABASE, TRYTON_USER and TRYTON_PASSWORD to use a server elsewhere"
mkdir -p "$(dirname "$TARGET")"
exec 9>"$TARGET.lock"
flock 9
[ ! -d "$TARGET" ] || exit 0

install_packages
version=$(dpkg-query -W -f '${Version}' tryton-server)
[[ $version == 6.0.* ]] || die "the tests are written for Tryton 6.0, installed is $version"

# initdb refuses to run as root: then everything runs as the packages' own user
RUN=(env HOME=/nonexistent PYTHONWARNINGS=ignore TZ=UTC)
[ "$(id -u)" != 0 ] || RUN=(setpriv --reuid=tryton --regid=tryton --init-groups "${RUN[@]}")
PGBIN=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -1)
WORK=$(mktemp -d "$TARGET.XXXXXX")
chmod 755 "$WORK"
[ "$(id -u)" != 0 ] || chown tryton: "$WORK"
cd "$WORK"
PORT=$("$PY" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
psql_() { psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PORT" -U tryton "$1" -c "$2"; }

"${RUN[@]}" "$PGBIN/initdb" -D "$WORK/pg" -U tryton -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$WORK/initdb.log"
"${RUN[@]}" tee -a "$WORK/pg/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
# a throw-away database: it may be lost at a power cut
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
CONF
"${RUN[@]}" "$PGBIN/pg_ctl" -D "$WORK/pg" -o "-p $PORT" -l "$WORK/pg.log" -w start >/dev/null 9>&-
trap '"${RUN[@]}" "$PGBIN/pg_ctl" -D "$WORK/pg" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$WORK"' EXIT

printf 'tryton-Test-1\n' >"$WORK/password" # of users admin and hub; loopback only
# cheap to check: the tests log in hundreds of times, and by default each time costs a fifth of a second
printf '[passlib]\nschemes = bcrypt\nbcrypt__rounds = 4\n' >"$WORK/passlib.ini"
printf '[database]\nuri = postgresql://tryton@127.0.0.1:%s/\n[password]\npasslib = %s/passlib.ini\n' "$PORT" "$WORK" >"$WORK/trytond.conf"
chmod 644 "$WORK/password" "$WORK/passlib.ini" "$WORK/trytond.conf"
psql_ postgres 'create database template'
say "creating the tables"
# the catalogue has no statistics yet: joins by nested loops make this step twice as long
"${RUN[@]}" PGOPTIONS="-c enable_nestloop=off" TRYTONPASSFILE="$WORK/password" trytond-admin -c "$WORK/trytond.conf" -d template --all --email admin@example.test </dev/null
psql_ template analyze # without fresh statistics the next step takes 80 s instead of 16 s
say "activating $MODULES"
# shellcheck disable=SC2086
"${RUN[@]}" trytond-admin -c "$WORK/trytond.conf" -d template -u $MODULES --activate-dependencies </dev/null
say "bootstrap"
# by standard input: the checkout need not be readable to the user that runs it
"${RUN[@]}" "$PY" - "$WORK/trytond.conf" template "$CURRENCY" <"$HERE/bootstrap.py" >&2
psql_ template 'vacuum analyze'
# a server that lists its databases would hold a connection to the template, and then it could not be cloned
psql_ postgres 'alter database template allow_connections false'

"${RUN[@]}" "$PGBIN/pg_ctl" -D "$WORK/pg" -m fast -w stop >/dev/null
trap - EXIT
rm -f "$WORK"/*.log "$WORK/trytond.conf" "$WORK/passlib.ini" "$WORK/password"
mv "$WORK" "$TARGET"
say "template ready in $TARGET"
