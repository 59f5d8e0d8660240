//! Words that Lambda takes (botocore service model, lambda).

use crate::source::word::words;

words! {
    /// How code is packaged.
    PackageType {
        /// An archive.
        Zip = "Zip",
        /// A container image.
        Image = "Image",
    }
}

words! {
    /// Instructions of the machine.
    Architecture {
        /// Intel's and AMD's.
        X86 = "x86_64",
        /// Graviton's.
        Arm = "arm64",
    }
}

words! {
    /// Whether X-Ray follows calls.
    TracingMode {
        /// Calls are sampled and traced.
        Active = "Active",
        /// Only what the caller traces.
        PassThrough = "PassThrough",
    }
}

words! {
    /// Form of log lines.
    LogFormat {
        /// As the function writes them.
        Text = "Text",
        /// As JSON, with levels.
        Json = "JSON",
    }
}

words! {
    /// Least level of the function's own lines.
    ApplicationLevel {
        /// Everything.
        Trace = "TRACE",
        /// What helps to find mistakes.
        Debug = "DEBUG",
        /// What happens.
        Info = "INFO",
        /// What may go wrong.
        Warn = "WARN",
        /// What went wrong.
        Error = "ERROR",
        /// What ended the run.
        Fatal = "FATAL",
    }
}

words! {
    /// Least level of Lambda's lines.
    SystemLevel {
        /// What helps to find mistakes.
        Debug = "DEBUG",
        /// What happens.
        Info = "INFO",
        /// What may go wrong.
        Warn = "WARN",
    }
}

words! {
    /// Who may call a function URL.
    UrlAuthType {
        /// Who IAM allows to.
        Iam = "AWS_IAM",
        /// Everybody.
        None = "NONE",
    }
}

words! {
    /// How a function URL answers.
    UrlInvokeMode {
        /// Once all is there.
        Buffered = "BUFFERED",
        /// As it comes.
        Stream = "RESPONSE_STREAM",
    }
}

words! {
    /// Where reading of a stream begins.
    StartingPosition {
        /// With the oldest record.
        TrimHorizon = "TRIM_HORIZON",
        /// With what comes from now on.
        Latest = "LATEST",
        /// With what came at an instant or after it.
        AtTimestamp = "AT_TIMESTAMP",
    }
}

words! {
    /// How a source is entered.
    SourceAccessType {
        /// A secret with name and password.
        BasicAuth = "BASIC_AUTH",
        /// A subnet in which it is reached.
        VpcSubnet = "VPC_SUBNET",
        /// A security group of those who reach it.
        VpcSecurityGroup = "VPC_SECURITY_GROUP",
        /// A secret for SCRAM with SHA-512.
        SaslScram512 = "SASL_SCRAM_512_AUTH",
        /// A secret for SCRAM with SHA-256.
        SaslScram256 = "SASL_SCRAM_256_AUTH",
        /// A virtual host of RabbitMQ.
        VirtualHost = "VIRTUAL_HOST",
        /// A secret with a client's certificate.
        ClientCertificate = "CLIENT_CERTIFICATE_TLS_AUTH",
        /// A secret with the root certificate of the brokers.
        ServerRootCa = "SERVER_ROOT_CA_CERTIFICATE",
    }
}

words! {
    /// What DocumentDB tells of a document that was changed.
    FullDocument {
        /// The change and the document.
        UpdateLookup = "UpdateLookup",
        /// The change.
        Default = "Default",
    }
}

words! {
    /// Metrics of an event source.
    MappingMetric {
        /// How many records came and what became of them.
        EventCount = "EventCount",
        /// Kafka: how many failed.
        ErrorCount = "ErrorCount",
        /// Kafka: how far it has read.
        KafkaMetrics = "KafkaMetrics",
    }
}
