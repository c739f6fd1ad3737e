locals {
  buckets = toset(["payments-ml-snapshots", "payments-ml-logs"])
}

resource "aws_s3_bucket" "data" {
  for_each = local.buckets
  bucket   = each.value
}

resource "aws_s3_bucket_versioning" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_ecr_repository" "images" {
  name                 = "payments/fraud-score"
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
}
