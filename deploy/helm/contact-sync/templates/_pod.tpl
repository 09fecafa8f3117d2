{{/* What every pod has in common: {root, app}. */}}
{{- define "contact-sync.podSpec" -}}
serviceAccountName: {{ .root.Values.serviceAccountName | quote }}
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
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}

{{/* What every container has in common: {root, script}. */}}
{{- define "contact-sync.containerSpec" -}}
image: {{ include "contact-sync.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [node, --enable-source-maps, --max-semi-space-size=32, --no-allocation-site-pretenuring, {{ .script }}]
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
    secretName: {{ .from.secret | quote }}
    items: [{ key: {{ .from.key | quote }}, path: {{ .from.key | quote }} }]
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
    name: {{ .configMap | quote }}
  {{- else }}
  secret:
    secretName: {{ .secret | quote }}
  {{- end }}
    items: [{ key: {{ .key | quote }}, path: {{ .key | quote }} }]
{{- end }}
{{- end }}

{{/*
The files of an app or a set-up, as YAML: name of the volume to key of a secret; the setting is that name and _FILE. Kubernetes renews them
in place, and the apps read those of servers again for each connection. {root, app}
*/}}
{{- define "contact-sync.keyFiles" -}}
{{- with .root.Values }}
{{- $files := dict }}
{{- $user := dict }}
{{- $certificate := dict }}
{{- if eq $.app "gateway" }}
{{- $_ := set $files "gateway-database-url" .gateway.database }}
{{- $_ := set $files "gateway-secret" .gateway.secret }}
{{- $_ := set $files "credential-public-keys" .gateway.credentialPublicKeys }}
{{- $user = .gateway.kafkaUser }}
{{- $certificate = .gateway.kafkaCertificate }}
{{- else if eq $.app "gateway-refresh" }}
{{- $_ := set $files "gateway-database-url" .gateway.database }}
{{- $user = .gateway.kafkaUser }}
{{- $certificate = .gateway.kafkaCertificate }}
{{- else if eq $.app "gateway-set-up" }}
{{- $own := .gateway.setUp.database }}
{{- $_ := set $files "gateway-database-url" ($own.secret | empty | ternary .gateway.database $own) }}
{{- $user = include "contact-sync.setUpUser" $.root | fromYaml }}
{{- $own = .gateway.setUp.kafkaCertificate }}
{{- $certificate = $own.secret | empty | ternary .gateway.kafkaCertificate $own }}
{{- if .gateway.setUp.apiToken.secret }}
{{- $_ := set $files "gateway-secret" .gateway.secret }}
{{- $_ := set $files "api-token" .gateway.setUp.apiToken }}
{{- end }}
{{- else if eq $.app "auth" }}
{{- $_ := set $files "auth-database-url" .auth.database }}
{{- $_ := set $files "credential-private-keys" .auth.credentialPrivateKeys }}
{{- $_ := set $files "token-signing-keys" .auth.tokenSigningKeys }}
{{- if .auth.secret.secret }}
{{- $_ := set $files "auth-secret" .auth.secret }}
{{- end }}
{{- if .auth.operatorToken.secret }}
{{- $_ := set $files "auth-operator-token" .auth.operatorToken }}
{{- end }}
{{- $user = .auth.kafkaUser }}
{{- $certificate = .auth.kafkaCertificate }}
{{- else }}
{{- $own := .auth.setUp.database }}
{{- $_ := set $files "auth-database-url" ($own.secret | empty | ternary .auth.database $own) }}
{{- end }}
{{- $markers := .eventMacKeys.checkedByAuth | ternary (list "gateway" "auth" "gateway-refresh") (list "gateway") }}
{{- if and .eventMacKeys.secret (has $.app $markers) }}
{{- $_ := set $files "event-mac-keys" .eventMacKeys }}
{{- end }}
{{- if $user.secret }}
{{- $name := eq .kafka.saslMechanism "oauthbearer" | ternary "kafka-sasl-oauth-client-secret" "kafka-sasl-password" }}
{{- $_ := set $files $name (dict "secret" $user.secret "key" $user.passwordKey) }}
{{- end }}
{{- if $certificate.secret }}
{{- $_ := set $files "kafka-ssl-cert" (dict "secret" $certificate.secret "key" $certificate.certKey) }}
{{- $_ := set $files "kafka-ssl-key" (dict "secret" $certificate.secret "key" $certificate.keyKey) }}
{{- end }}
{{- toYaml $files }}
{{- end }}
{{- end }}

{{/* The settings that name the files. */}}
{{- define "contact-sync.fileEnv" -}}
{{- range $name, $from := . }}
- { name: {{ $name | upper | replace "-" "_" }}_FILE, value: {{ printf "/etc/contact-sync/%s/%s" $name $from.key | quote }} }
{{- end }}
{{- end }}
