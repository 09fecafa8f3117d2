{{/* Labels of an app's objects: {root, app}. */}}
{{- define "contact-sync.selector" -}}
app.kubernetes.io/name: contact-sync
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .app }}
{{- end }}

{{- define "contact-sync.labels" -}}
{{ include "contact-sync.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/*
Name of an object: {root, app}. A CronJob's has 52 characters at most. A release that leaves no room for the app's name is cut, with a hash in
place of what is cut off: neither two objects nor two releases have one name.
*/}}
{{- define "contact-sync.name" -}}
{{- $release := .root.Release.Name }}
{{- $room := sub 51 (len .app) | int }}
{{- if gt (len $release) $room }}
{{- $release = printf "%s-%s" (trunc (sub $room 9 | int) $release | trimSuffix "-") (sha256sum $release | trunc 8) }}
{{- end }}
{{- printf "%s-%s" $release .app }}
{{- end }}

{{- define "contact-sync.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default ($.Chart.AppVersion | replace "+" "_") }}{{ end }}
{{- end }}
{{- end }}

{{- define "contact-sync.port" -}}
{{ eq . "gateway" | ternary 3000 3001 }}
{{- end }}
