#!/usr/bin/env bash
# Compares `ordo bench place` with the hand-written function in baseline.sql, on
# one private, durable PostgreSQL cluster, in interleaved pairs; then Ordo on
# SQLite with a bare loop of inserts. README.md says what the numbers mean.
#
#   bench/run.sh              everything
#   bench/run.sh --baseline   the function alone, without bin/ordo
#
# Settings: BENCH_SECONDS=10 per run, BENCH_CLIENTS=128 for Ordo, BENCH_PAIRS=3,
# BENCH_SPREAD_CLIENTS=16 and BENCH_HOT_CLIENTS=8 for pgbench, TMPDIR (must lie on
# a real disk: durability is part of the comparison), PGBIN, ORDO.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
ordo=${ORDO:-$here/../bin/ordo}
bin=${PGBIN:-/usr/lib/postgresql/15/bin}
seconds=${BENCH_SECONDS:-10}
clients=${BENCH_CLIENTS:-128}
pairs=${BENCH_PAIRS:-3}
# pgbench's connections, chosen for the function's sake: of 8, 16, 32 and 64 on
# 2 cores, 16 to 32 place most orders on spread SKUs (within the noise of each
# other) and 8 on a hot one, where more connections only queue for the same row
# lock: 32 place two thirds of what 8 do, 64 half. Ordo gets no such favor: the
# same 128 buyers in both.
spread_clients=${BENCH_SPREAD_CLIENTS:-16}
hot_clients=${BENCH_HOT_CLIENTS:-8}
results=$here/results.txt

fail() { echo "bench: $*" >&2; exit 1; }

baseline_only=
case "${1-}" in
--baseline) baseline_only=1 ;;
"") [ -x "$ordo" ] || fail "$ordo is missing: run 'make build', or 'bench/run.sh --baseline' for the function alone" ;;
*) fail "unknown option $1; see the head of $0" ;;
esac
[ -x "$bin/pgbench" ] || fail "no pgbench in $bin: install PostgreSQL or set PGBIN"
command -v jq >/dev/null || fail "jq is missing"

# The cluster: its own directory, loopback only, a free port. The server refuses
# to run as root, so root lends it to another user.
dir=$(mktemp -d "${TMPDIR:-/tmp}/ordo-bench.XXXXXX")
as=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$dir"
    as=(runuser -u "$user" --)
fi
stop() {
    if [ -f "$dir/pg/postmaster.pid" ]; then
        (cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D "$dir/pg" -m fast -w stop) >/dev/null || true
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=
for p in $(shuf -i 20000-32000 -n 20); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then
        port=$p
        break
    fi
done
[ -n "$port" ] || fail "no free port found"

cd "$dir"
"${as[@]}" "$bin/initdb" -D "$dir/pg" -U ordo --auth=trust -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
    fail "initdb: $(tail -5 "$dir/initdb.log")"
cat >>"$dir/pg/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
CONF
"${as[@]}" "$bin/pg_ctl" -D "$dir/pg" -l "$dir/pg.log" -w start >/dev/null || fail "PostgreSQL: $(tail -5 "$dir/pg.log")"

export PGHOST=127.0.0.1 PGPORT=$port PGUSER=ordo
url=postgres://ordo@127.0.0.1:$port/ordo?sslmode=disable
"$bin/createdb" baseline
"$bin/createdb" ordo
"$bin/psql" -q -X -v ON_ERROR_STOP=1 -d baseline -f "$here/baseline.sql"

# Every run starts from a finished checkpoint, so that no run pays for the one before.
checkpoint() { "$bin/psql" -q -X -d baseline -c CHECKPOINT; }

# Each of the following prints "rate p50 p99 refused".
baseline() { # spread|hot
    local c=$spread_clients out rate failed
    [ "$1" = hot ] && c=$hot_clients
    checkpoint
    rm -f "$dir"/log.*
    out=$("$bin/pgbench" -n -M prepared -c "$c" -j 2 -T "$seconds" -l --sampling-rate=0.1 --log-prefix="$dir/log" \
        -f "$here/place_$1.pgbench" baseline 2>"$dir/pgbench.err") || fail "pgbench: $(tail -5 "$dir/pgbench.err")"
    rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out")
    failed=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' <<<"$out")
    cat "$dir"/log.* | awk '{ print $3 }' | sort -n | awk -v rate="$rate" -v failed="$failed" '
        { us[NR] = $1 }
        END { printf "%.1f %.2f %.2f %d\n", rate, us[int((NR - 1) * 0.5) + 1] / 1000, us[int((NR - 1) * 0.99) + 1] / 1000, failed }'
}
fields() { # the last line that is JSON: the command may say more before it
    local line
    line=$(grep '^{' | tail -1) || fail "ordo bench printed no JSON line"
    jq -r '[.rate, (.p50_ms // "-"), (.p99_ms // "-"), (.refused // "-")] | join(" ")' <<<"$line"
}
place() { # spread|hot, database
    checkpoint
    "$ordo" bench place --db "$2" "--$1" --clients "$clients" --seconds "$seconds" --json | fields
}
lifecycle() { # database
    checkpoint
    "$ordo" bench lifecycle --db "$1" --clients 64 --seconds "$seconds" --json | fields
}
sqlite_baseline() {
    "$ordo" bench sqlite-baseline --db "sqlite:$dir/baseline-$1.db" --seconds "$seconds" --json | fields
}

runs=$dir/runs # pair, name, rate p50 p99 refused
: >"$runs"
run() { # pair, name, command…
    local pair=$1 name=$2 line
    shift 2
    line=$("$@")
    [[ ${line%% *} =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "$name: no rate in '$line'"
    echo "$pair $name $line" >>"$runs"
    echo "  pair $pair $name: $line" >&2
}

echo "bench: ${seconds}s per run, $pairs pairs; columns: orders/s p50-ms p99-ms refused" >&2
if [ -z "$baseline_only" ]; then # fill the databases and caches outside the measured runs
    "$ordo" bench place --db "$url" --spread --clients "$clients" --seconds 1 --json >/dev/null
    "$ordo" bench place --db "sqlite:$dir/ordo.db" --spread --clients "$clients" --seconds 1 --json >/dev/null
fi
"$bin/pgbench" -n -M prepared -c 8 -j 2 -T 1 -f "$here/place_spread.pgbench" baseline >/dev/null 2>&1

for pair in $(seq "$pairs"); do
    for kind in spread hot; do
        run "$pair" "function_$kind" baseline "$kind"
        [ -n "$baseline_only" ] || run "$pair" "ordo_$kind" place "$kind" "$url"
    done
    [ -n "$baseline_only" ] || run "$pair" ordo_lifecycle lifecycle "$url"
done
if [ -z "$baseline_only" ]; then
    for pair in $(seq "$pairs"); do
        run "$pair" sqlite_loop sqlite_baseline "$pair"
        run "$pair" sqlite_ordo_spread place spread "sqlite:$dir/ordo.db"
        run "$pair" sqlite_ordo_hot place hot "sqlite:$dir/ordo.db"
        run "$pair" sqlite_ordo_lifecycle lifecycle "sqlite:$dir/ordo.db"
    done
fi

# The table: all runs, their medians, and the ratio of each pair with its median.
{
    echo "Ordo against a hand-written function, $(date -u +%F), $(nproc) cores, $("$bin/postgres" --version | sed 's/.* \([0-9][0-9.]*\).*/PostgreSQL \1/')"
    echo "${seconds} s per run; pgbench -M prepared -j 2, $spread_clients connections (spread) and $hot_clients (hot); Ordo with $clients clients"
    echo
    awk '
    function median(a, n,    i, j, t, s) {
        for (i = 1; i <= n; i++) s[i] = a[i]
        for (i = 2; i <= n; i++) for (j = i; j > 1 && s[j] < s[j - 1]; j--) { t = s[j]; s[j] = s[j - 1]; s[j - 1] = t }
        return n % 2 ? s[(n + 1) / 2] : (s[n / 2] + s[n / 2 + 1]) / 2
    }
    function row(label, name, column, format,    i, a, text) {
        if (!((1, name, column) in value)) return
        for (i = 1; i <= n; i++) { a[i] = value[i, name, column]; text = text sprintf(format, a[i]) }
        printf "%-34s%s  | " format "\n", label, text, median(a, n)
    }
    function ratio(label, over, under,    i, a, text) {
        if (!((1, over, 3) in value)) return
        for (i = 1; i <= n; i++) { a[i] = value[i, over, 3] / value[i, under, 3]; text = text sprintf("%10.2f", a[i]) }
        printf "%-34s%s  | %10.2f\n", label, text, median(a, n)
    }
    { if ($1 > n) n = $1; for (c = 3; c <= NF; c++) value[$1, $2, c] = $c }
    END {
        printf "%-34s", ""; for (i = 1; i <= n; i++) printf "%10s", "pair " i; printf "  | %10s\n", "median"
        names = "function_spread ordo_spread function_hot ordo_hot ordo_lifecycle sqlite_loop sqlite_ordo_spread sqlite_ordo_hot sqlite_ordo_lifecycle"
        count = split(names, list, " ")
        for (k = 1; k <= count; k++) {
            label = list[k]; gsub("_", " ", label)
            row(label ", orders/s", list[k], 3, "%10.0f")
            if ((1, list[k], 3) in value && value[1, list[k], 5] != "-") row(label ", p99 ms", list[k], 5, "%10.1f")
            if ((1, list[k], 3) in value && value[1, list[k], 6] + 0 > 0) row(label ", refused", list[k], 6, "%10d")
        }
        print ""
        ratio("ordo / function, spread", "ordo_spread", "function_spread")
        ratio("ordo / function, hot", "ordo_hot", "function_hot")
        ratio("ordo hot / ordo spread", "ordo_hot", "ordo_spread")
        ratio("function hot / function spread", "function_hot", "function_spread")
        ratio("ordo lifecycle / ordo spread", "ordo_lifecycle", "ordo_spread")
        ratio("sqlite: ordo spread / loop", "sqlite_ordo_spread", "sqlite_loop")
        ratio("sqlite: ordo hot / spread", "sqlite_ordo_hot", "sqlite_ordo_spread")
        ratio("sqlite: ordo lifecycle / spread", "sqlite_ordo_lifecycle", "sqlite_ordo_spread")
    }' "$runs"
} | tee "$results"
