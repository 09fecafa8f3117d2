{{/* What both apps and their set-ups are told. */}}
{{- define "contact-sync.commonEnv" -}}
- { name: NODE_ENV, value: production }
- { name: PGSSLMODE, value: {{ .Values.database.sslmode | quote }} }
{{- if include "contact-sync.hasTrust" . }}
- { name: NODE_EXTRA_CA_CERTS, value: {{ printf "/etc/contact-sync/trust/%s" .Values.trust.key | quote }} }
{{- end }}
{{- end }}

{{/* How the brokers are reached; the secret is in a file: {root, user}. */}}
{{- define "contact-sync.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka }}
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers is required: host:port, several with commas between" $kafka.brokers | quote }} }
- { name: KAFKA_SSL, value: {{ $kafka.tls | quote }} }
- { name: TOPIC_PREFIX, value: {{ .root.Values.topics.prefix | quote }} }
{{- with .user }}
{{- if .secret }}
{{- $isOauth := eq $kafka.saslMechanism "oauthbearer" }}
{{- $name := $isOauth | ternary "KAFKA_SASL_OAUTH_CLIENT_ID" "KAFKA_SASL_USERNAME" }}
- { name: KAFKA_SASL_MECHANISM, value: {{ $kafka.saslMechanism | quote }} }
{{- /* The apps refuse these without TLS unless they are told; here TLS is off only where somebody turned it off. */}}
{{- if and (not $kafka.tls) (has $kafka.saslMechanism (list "plain" "oauthbearer")) }}
- { name: KAFKA_SASL_PLAIN_WITHOUT_TLS, value: 'true' }
{{- end }}
{{- if $isOauth }}
- { name: KAFKA_SASL_OAUTH_TOKEN_URL, value: {{ required "kafka.oauth.tokenUrl is required for oauthbearer" $kafka.oauth.tokenUrl | quote }} }
{{- with $kafka.oauth.scope }}
- { name: KAFKA_SASL_OAUTH_SCOPE, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- if .usernameKey }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ .secret | quote }}, key: {{ .usernameKey | quote }} } }
{{- else }}
- { name: {{ $name }}, value: {{ .secret | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The set-up makes topics of this shape; a gateway that finds another publishes nothing. */}}
{{- define "contact-sync.topicEnv" -}}
- { name: TOPIC_PARTITIONS, value: {{ .Values.topics.partitions | quote }} }
- { name: TOPIC_REPLICATION_FACTOR, value: {{ .Values.topics.replicationFactor | quote }} }
- { name: TOPIC_MIN_INSYNC_REPLICAS, value: {{ .Values.topics.minInsyncReplicas | quote }} }
{{- end }}

{{- define "contact-sync.gatewayEnv" -}}
- { name: GATEWAY_PORT, value: '3000' }
{{ include "contact-sync.kafkaEnv" (dict "root" . "user" .Values.gateway.kafkaUser) }}
{{ include "contact-sync.topicEnv" . }}
{{- end }}

{{/* The user of the brokers that makes the topics, as YAML. */}}
{{- define "contact-sync.setUpUser" -}}
{{- $own := .Values.gateway.setUp.kafkaUser }}
{{- $own.secret | empty | ternary .Values.gateway.kafkaUser $own | toYaml }}
{{- end }}

{{- define "contact-sync.gatewaySetUpEnv" -}}
{{- include "contact-sync.kafkaEnv" (dict "root" . "user" (include "contact-sync.setUpUser" . | fromYaml)) }}
{{ include "contact-sync.topicEnv" . }}
{{- end }}

{{- define "contact-sync.authEnv" -}}
- { name: AUTH_PORT, value: '3001' }
{{ include "contact-sync.kafkaEnv" (dict "root" . "user" .Values.auth.kafkaUser) }}
{{- end }}

{{/* It needs its database alone, whose URL is in a file. */}}
{{- define "contact-sync.authSetUpEnv" -}}
{{- end }}

{{/* The variables of an app that are none of its settings: {root, app, keyFiles}. */}}
{{- define "contact-sync.appEnv" -}}
{{- include "contact-sync.commonEnv" .root }}
{{ include (printf "contact-sync.%sEnv" .app) .root }}
{{- include "contact-sync.fileEnv" .keyFiles }}
- { name: SHUTDOWN_NOTICE_SECONDS, value: {{ .root.Values.shutdown.noticeSeconds | quote }} }
{{- end }}
