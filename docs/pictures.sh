#!/usr/bin/env bash
# Takes the pictures of docs/pictures from a fresh demo: make pictures. Needs Chromium.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
dir=$(mktemp -d)
bin/ordo demo --dir "$dir/demo" --listen 127.0.0.1:8097 --no-trickle >"$dir/log" 2>&1 &
demo=$!
trap 'kill -INT $demo; wait $demo; rm -rf "$dir"' EXIT
until grep -q 'is serving' "$dir/log"; do
	kill -0 $demo || { cat "$dir/log"; exit 1; }
	sleep 1
done
order=$(grep -o 'ord_[0-9a-z]*' "$dir/log" | head -1)
page=$(grep -o '/my-order/[^ ]*' "$dir/log" | head -1)
shots() { go run ./test/browser/cmd/shots -url http://127.0.0.1:8097 -out docs/pictures "$@"; }
shots -sizes 1440 home=/console/ order=/console/orders/"$order" phone=/console/phone inventory=/console/inventory returns=/console/returns
shots -sizes 390 orders=/console/orders
shots -as '' -sizes 390 status="$page" shop=/shop
