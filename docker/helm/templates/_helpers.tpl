{{/* Labels by which pods of a role are found. Call with the root and the role: (list . "api") */}}
{{- define "fitserve.selector" -}}
app.kubernetes.io/name: fitserve
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of everything that belongs to a role. */}}
{{- define "fitserve.labels" -}}
{{ include "fitserve.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end -}}

{{- define "fitserve.secret" -}}
{{ .Values.secret.existing | default .Release.Name }}
{{- end -}}

{{- define "fitserve.keys" -}}
{{ .Values.keys.existing | default (printf "%s-api-keys" .Release.Name) }}
{{- end -}}

{{/* What is the same in the pods of both roles, without their containers. Call with the root and the role's values. */}}
{{- define "fitserve.pod" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 -}}
serviceAccountName: {{ $root.Release.Name }}
# DRAIN_SECONDS until no new requests arrive, then at most 10 s for running ones, and 5 s to spare.
terminationGracePeriodSeconds: {{ add (int $root.Values.settings.DRAIN_SECONDS) 15 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  # The user `node` of the image.
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with $role.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $role.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: data
    emptyDir: { sizeLimit: {{ $root.Values.dataSize }} }
  - name: tmp
    emptyDir: { sizeLimit: {{ $root.Values.tmpSize }} }
{{- end -}}

{{/* What is the same in the containers of both roles: no rights, and two folders to write to. */}}
{{- define "fitserve.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: data, mountPath: /data }
  - { name: tmp, mountPath: /tmp }
{{- end -}}

{{/*
Names, the queue and the store, by IPv4 or IPv6; webhooks leave by 443 too. The address of the cloud's metadata, which
gives out the node's own keys, is left out.
*/}}
{{- define "fitserve.egress" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
- to:
    - ipBlock: { cidr: 0.0.0.0/0, except: [169.254.169.254/32] }
    - ipBlock: { cidr: "::/0", except: ["fd00:ec2::254/128"] }
  ports:
    {{- range .Values.networkPolicy.egressPorts }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end -}}

{{/* A change of settings or of the chart's own secrets restarts the pods. */}}
{{- define "fitserve.checksum" -}}
checksum/settings: {{ list .Values.settings .Values.secret .Values.keys | toJson | sha256sum }}
{{- end -}}
