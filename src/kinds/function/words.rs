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
    }
}
