{{/* A variable that is a key of a secret: {name, from}. */}}
{{- define "contact-sync.secretVariable" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .from.secret }}, key: {{ .from.key }} } }
{{- end }}

{{/* What both apps and their set-ups are told. */}}
{{- define "contact-sync.commonEnv" -}}
- { name: NODE_ENV, value: production }
- { name: UV_THREADPOOL_SIZE, value: '8' }
- { name: PGSSLMODE, value: {{ .Values.database.sslmode | quote }} }
{{- if include "contact-sync.hasTrust" . }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/contact-sync/trust/{{ .Values.trust.key }} }
{{- end }}
{{- end }}

{{/* How the brokers are reached: {root, user}. */}}
{{- define "contact-sync.kafkaEnv" -}}
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers is required: host:port, several with commas between" .root.Values.kafka.brokers | quote }} }
- { name: KAFKA_SSL, value: {{ .root.Values.kafka.tls | quote }} }
- { name: TOPIC_PREFIX, value: {{ .root.Values.topics.prefix | quote }} }
{{- with .user }}
{{- if .secret }}
- { name: KAFKA_SASL_MECHANISM, value: {{ $.root.Values.kafka.saslMechanism | quote }} }
{{- if .usernameKey }}
{{ include "contact-sync.secretVariable" (dict "name" "KAFKA_SASL_USERNAME" "from" (dict "secret" .secret "key" .usernameKey)) }}
{{- else }}
- { name: KAFKA_SASL_USERNAME, value: {{ .secret | quote }} }
{{- end }}
{{ include "contact-sync.secretVariable" (dict "name" "KAFKA_SASL_PASSWORD" "from" (dict "secret" .secret "key" .passwordKey)) }}
{{- end }}
{{- end }}
{{- end }}

{{/* A database, that of the set-up where one is named: {name, own, setUp}. */}}
{{- define "contact-sync.databaseEnv" -}}
{{- $from := .own }}
{{- if and .setUp .setUp.secret }}{{ $from = .setUp }}{{ end }}
{{- include "contact-sync.secretVariable" (dict "name" .name "from" $from) }}
{{- end }}

{{/* The set-up makes topics of this shape; a gateway that finds another publishes nothing. */}}
{{- define "contact-sync.topicEnv" -}}
- { name: TOPIC_PARTITIONS, value: {{ .Values.topics.partitions | quote }} }
- { name: TOPIC_REPLICATION_FACTOR, value: {{ .Values.topics.replicationFactor | quote }} }
- { name: TOPIC_MIN_INSYNC_REPLICAS, value: {{ .Values.topics.minInsyncReplicas | quote }} }
{{- end }}

{{- define "contact-sync.gatewayEnv" -}}
- { name: GATEWAY_PORT, value: '3000' }
{{ include "contact-sync.databaseEnv" (dict "name" "GATEWAY_DATABASE_URL" "own" .Values.gateway.database) }}
{{ include "contact-sync.kafkaEnv" (dict "root" . "user" .Values.gateway.kafkaUser) }}
{{ include "contact-sync.topicEnv" . }}
{{ include "contact-sync.secretVariable" (dict "name" "GATEWAY_SECRET" "from" .Values.gateway.secret) }}
{{- end }}

{{- define "contact-sync.gatewaySetUpEnv" -}}
{{- $setUp := .Values.gateway.setUp }}
{{- $user := $setUp.kafkaUser.secret | empty | ternary .Values.gateway.kafkaUser $setUp.kafkaUser }}
{{ include "contact-sync.databaseEnv" (dict "name" "GATEWAY_DATABASE_URL" "own" .Values.gateway.database "setUp" $setUp.database) }}
{{ include "contact-sync.kafkaEnv" (dict "root" . "user" $user) }}
{{ include "contact-sync.topicEnv" . }}
{{- if $setUp.apiToken.secret }}
{{ include "contact-sync.secretVariable" (dict "name" "GATEWAY_SECRET" "from" .Values.gateway.secret) }}
{{ include "contact-sync.secretVariable" (dict "name" "API_TOKEN" "from" $setUp.apiToken) }}
{{- end }}
{{- end }}

{{- define "contact-sync.authEnv" -}}
- { name: AUTH_PORT, value: '3001' }
{{ include "contact-sync.databaseEnv" (dict "name" "AUTH_DATABASE_URL" "own" .Values.auth.database) }}
{{ include "contact-sync.kafkaEnv" (dict "root" . "user" .Values.auth.kafkaUser) }}
{{- if .Values.auth.operatorToken.secret }}
{{ include "contact-sync.secretVariable" (dict "name" "AUTH_OPERATOR_TOKEN" "from" .Values.auth.operatorToken) }}
{{- end }}
{{- end }}

{{- define "contact-sync.authSetUpEnv" -}}
{{ include "contact-sync.databaseEnv" (dict "name" "AUTH_DATABASE_URL" "own" .Values.auth.database "setUp" .Values.auth.setUp.database) }}
{{- end }}
