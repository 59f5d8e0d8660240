//! What S3 tells of objects.

use crate::source::word::{Word, words};

words! {
    /// An event of S3, in S3's spelling (botocore service model: s3, Event).
    EventName {
        /// An object of the cheapest and least safe class is lost.
        ReducedRedundancyLostObject = "s3:ReducedRedundancyLostObject",
        /// An object is there.
        Created = "s3:ObjectCreated:*",
        /// It was put.
        CreatedPut = "s3:ObjectCreated:Put",
        /// It was posted from a form.
        CreatedPost = "s3:ObjectCreated:Post",
        /// It was copied.
        CreatedCopy = "s3:ObjectCreated:Copy",
        /// It came in parts.
        CreatedInParts = "s3:ObjectCreated:CompleteMultipartUpload",
        /// An object is gone.
        Removed = "s3:ObjectRemoved:*",
        /// It was deleted.
        RemovedDelete = "s3:ObjectRemoved:Delete",
        /// A delete marker lies over it.
        RemovedMarker = "s3:ObjectRemoved:DeleteMarkerCreated",
        /// An object comes back from an archive.
        Restore = "s3:ObjectRestore:*",
        /// It was asked for.
        RestorePost = "s3:ObjectRestore:Post",
        /// It is there.
        RestoreCompleted = "s3:ObjectRestore:Completed",
        /// It is gone again.
        RestoreDelete = "s3:ObjectRestore:Delete",
        /// An object is copied to another bucket.
        Replication = "s3:Replication:*",
        /// It could not be.
        ReplicationFailed = "s3:Replication:OperationFailedReplication",
        /// Nobody looks after it any more.
        ReplicationNotTracked = "s3:Replication:OperationNotTracked",
        /// It took longer than 15 minutes.
        ReplicationMissedThreshold = "s3:Replication:OperationMissedThreshold",
        /// It came after those.
        ReplicationAfterThreshold = "s3:Replication:OperationReplicatedAfterThreshold",
        /// An object went to another class.
        LifecycleTransition = "s3:LifecycleTransition",
        /// It went to an archive by itself.
        IntelligentTiering = "s3:IntelligentTiering",
        /// Who may have it was set.
        AclPut = "s3:ObjectAcl:Put",
        /// An object has expired.
        Expiration = "s3:LifecycleExpiration:*",
        /// It was deleted.
        ExpirationDelete = "s3:LifecycleExpiration:Delete",
        /// A delete marker lies over it.
        ExpirationMarker = "s3:LifecycleExpiration:DeleteMarkerCreated",
        /// The tags of an object changed.
        Tagging = "s3:ObjectTagging:*",
        /// They were set.
        TaggingPut = "s3:ObjectTagging:Put",
        /// They were taken off.
        TaggingDelete = "s3:ObjectTagging:Delete",
        /// What is noted of an object changed.
        Annotation = "s3:ObjectAnnotation:*",
        /// It was set.
        AnnotationPut = "s3:ObjectAnnotation:Put",
        /// It was taken off.
        AnnotationDelete = "s3:ObjectAnnotation:Delete",
        /// How long an object is kept was set.
        RetentionPut = "s3:ObjectRetention:Put",
    }
}

impl EventName {
    /// How files write an event of S3's in short.
    pub fn word(aws: &str) -> String {
        short(aws)
    }

    /// The event that a file names: as S3 spells it, or `object_created` for `s3:ObjectCreated:*` and
    /// `object_created:put` for `s3:ObjectCreated:Put`. A word that is neither stays as it is.
    pub fn of(word: &str) -> Word<EventName> {
        let known = Word::<EventName>::all().find(|aws| short(aws) == word || *aws == word);
        Word::from(known.unwrap_or(word))
    }
}

/// How files may write an event: without what all begin with, and in small letters.
fn short(aws: &str) -> String {
    let name = aws.trim_start_matches("s3:").trim_end_matches(":*");
    let mut short = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !short.is_empty() && !short.ends_with(':') {
            short.push('_');
        }
        short.push(c.to_ascii_lowercase());
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_may_write_events_in_short() {
        let of = |word: &str| EventName::of(word).as_str().to_owned();
        assert_eq!(of("object_created"), "s3:ObjectCreated:*");
        assert_eq!(of("object_removed:delete_marker_created"), "s3:ObjectRemoved:DeleteMarkerCreated");
        assert_eq!(of("lifecycle_transition"), "s3:LifecycleTransition");
        assert_eq!(of("s3:ObjectCreated:Put"), "s3:ObjectCreated:Put");
        assert_eq!(of("s3:ObjectEaten"), "s3:ObjectEaten");
    }
}
