//! Zips on their way to Lambda: in the call itself, or through S3 where no call carries them.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};

use super::context::{Package, Room};
use super::{KindError, Unpackaged, WriteCx};
use crate::aws::AwsError;
use crate::aws::api::{DELETE_OBJECT, PUT_OBJECT};
use crate::model::Node;
use crate::model::desired::Store;

/// Bytes of a zip that a call carries: 50 MiB (docs/aws-facts.md §3, RequestEntityTooLargeException).
const LARGEST_IN_A_CALL: usize = 52_428_800;

/// Where a zip is while it is sent.
#[derive(Debug, Clone)]
pub enum Staged {
    /// In the call.
    InCall {
        /// The archive.
        zip: Blob,
        /// The room that it takes.
        room: Option<Room>,
    },
    /// In a bucket.
    InS3 {
        /// The bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
}

impl Staged {
    /// Bytes that go with the call.
    pub fn size(&self) -> usize {
        match self {
            Self::InCall { zip, room: _ } => zip.as_ref().len(),
            Self::InS3 { .. } => 0,
        }
    }

    /// The bytes, where they go with the call.
    pub fn zip(&self) -> Option<Blob> {
        if let Self::InCall { zip, room: _ } = self { Some(zip.clone()) } else { None }
    }

    /// Bucket and key, where they do not.
    pub fn object(&self) -> Option<(&str, &str)> {
        if let Self::InS3 { bucket, key } = self { Some((bucket, key)) } else { None }
    }
}

impl WriteCx {
    /// Puts a zip where Lambda takes it from. What was put into S3 is to be taken away by
    /// [`WriteCx::unstage`]; a run that was killed before leaves it, and the next one puts it there again.
    ///
    /// # Errors
    /// No call carries it and no bucket is named, or S3 refuses it.
    pub async fn stage(&self, node: &Node, package: Package) -> Result<Staged, KindError> {
        let Package { zip, code_sha256, room } = package;
        if zip.len() <= LARGEST_IN_A_CALL {
            return Ok(Staged::InCall { zip: Blob::new(zip), room });
        }
        let Some(Store { bucket, prefix }) = &self.store else {
            return Err(Unpackaged::Failed {
                message: format!("the zip has {} bytes; a call carries {LARGEST_IN_A_CALL}", zip.len()),
                hint: "leave files out with .etlctlignore, move dependencies to a layer, or name a bucket under `artifacts`".to_owned(),
            }
            .into());
        };
        let hash: String = code_sha256.chars().filter(char::is_ascii_alphanumeric).collect();
        let key = format!("{prefix}{}/{}/{}/{}-{hash}.zip", self.scope.stack, self.scope.env, self.scope.instance, node.name);
        let body = SdkBody::from(zip);
        let size = body.bytes().map_or(0, <[u8]>::len);
        let put = || {
            // Bytes in memory can be sent again.
            let body = body.try_clone().unwrap_or_else(SdkBody::taken);
            self.aws.s3.put_object().bucket(bucket).key(&key).body(ByteStream::new(body)).send()
        };
        self.call.upload(&PUT_OBJECT, &node.name, size, put).await.map_err(|error| of_store(error, bucket))?;
        Ok(Staged::InS3 { bucket: bucket.clone(), key })
    }

    /// Takes a zip away once Lambda has it, or does not want it.
    ///
    /// # Errors
    /// S3 does not delete it.
    pub async fn unstage(&self, node: &Node, staged: Option<&Staged>) -> Result<(), KindError> {
        let Some((bucket, key)) = staged.and_then(Staged::object) else { return Ok(()) };
        let delete = || self.aws.s3.delete_object().bucket(bucket).key(key).send();
        self.call.send(&DELETE_OBJECT, &node.name, delete).await.map_err(|error| of_store(error, bucket))?;
        Ok(())
    }
}

/// What S3 says is about the bucket, whatever the zip is of.
fn of_store(error: AwsError, bucket: &str) -> AwsError {
    let said = if error.message.is_empty() { String::new() } else { format!("{}; ", error.message) };
    let message = format!("{said}`artifacts.bucket` of the file names the bucket {bucket}");
    AwsError { target: bucket.to_owned(), message, ..error }
}
