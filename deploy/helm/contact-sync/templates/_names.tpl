{{/* Labels of an app's objects: {root, app}. */}}
{{- define "contact-sync.selector" -}}
app.kubernetes.io/name: contact-sync
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .app }}
{{- end }}

{{- define "contact-sync.labels" -}}
{{ include "contact-sync.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "contact-sync.name" -}}
{{ printf "%s-%s" .root.Release.Name .app | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "contact-sync.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "contact-sync.port" -}}
{{ eq . "gateway" | ternary 3000 3001 }}
{{- end }}
