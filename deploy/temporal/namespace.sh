#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE with Tenure's retention and search attributes. May be repeated, and
# has to be: the cluster hears of a new namespace within ten seconds, until then the second half fails.
set -eu
retention=2160h # 90 days: closed cases; running ones are kept, and the evidence is in Tenure's own store

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi

have=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE")
ensure() {
  if ! echo "$have" | grep -qw "$1"; then
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"
  fi
}
ensure EmployeeID Keyword
ensure Process Keyword
ensure Phase Keyword
ensure EffectiveAt Datetime
ensure BlockedOn Keyword
ensure Urgency Keyword
