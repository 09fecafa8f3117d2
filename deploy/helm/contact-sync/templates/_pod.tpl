{{/* What every pod has in common: {root, app}. */}}
{{- define "contact-sync.podSpec" -}}
serviceAccountName: {{ .root.Values.serviceAccountName }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with (index .root.Values .app).nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (index .root.Values .app).tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (index .root.Values .app).priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* What every container has in common: {root, script}. */}}
{{- define "contact-sync.containerSpec" -}}
image: {{ include "contact-sync.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [node, --enable-source-maps, {{ .script }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* Where a volume of secrets is mounted: {name}. */}}
{{- define "contact-sync.mount" -}}
- { name: {{ .name }}, mountPath: /etc/contact-sync/{{ .name }}, readOnly: true }
{{- end }}

{{/* A volume with one key of a secret: {name, from}. */}}
{{- define "contact-sync.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .from.secret }}
    items: [{ key: {{ .from.key }}, path: {{ .from.key }} }]
    defaultMode: 0440
{{- end }}

{{- define "contact-sync.hasTrust" -}}
{{- if or .Values.trust.configMap .Values.trust.secret }}yes{{ end }}
{{- end }}

{{- define "contact-sync.trustVolume" -}}
{{- with .Values.trust }}
- name: trust
  {{- if .configMap }}
  configMap:
    name: {{ .configMap }}
  {{- else }}
  secret:
    secretName: {{ .secret }}
  {{- end }}
    items: [{ key: {{ .key }}, path: {{ .key }} }]
{{- end }}
{{- end }}

{{/* The files with keys of an app, as YAML: name of the volume to key of a secret. {root, app}. */}}
{{- define "contact-sync.keyFiles" -}}
{{- with .root.Values }}
{{- $files := dict }}
{{- if eq $.app "gateway" }}
{{- $_ := set $files "credential-public-keys" .gateway.credentialPublicKeys }}
{{- else }}
{{- $_ := set $files "credential-private-keys" .auth.credentialPrivateKeys }}
{{- $_ := set $files "token-signing-keys" .auth.tokenSigningKeys }}
{{- end }}
{{- if .eventMacKeys.secret }}
{{- $_ := set $files "event-mac-keys" .eventMacKeys }}
{{- end }}
{{- toYaml $files }}
{{- end }}
{{- end }}
