using System.CommandLine;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Azure.Storage.Blobs;

namespace InferenceMeter.Benchmarks.Sources;

/// <summary>
/// <c>upload</c>: puts files into a bucket of an emulator, which is made when it is not there. Endpoints and keys come
/// from the environment, as the program's: AWS_ENDPOINT_URL and so on, AZURE_STORAGE_CONNECTION_STRING.
/// </summary>
internal static class UploadCommand
{
    public static Command Create()
    {
        var files = new Argument<FileInfo[]>("FILES") { Description = "What is uploaded, under its own name" };
        var s3 = new Option<string?>("--s3") { Description = "Bucket and folder in it, such as photos/objects" };
        var azure = new Option<string?>("--azure") { Description = "Container and folder in it, in the same form" };
        var copies = new Option<int>("--copies")
        {
            Description = "How often each file is uploaded, under names of its own",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command("upload", "Fill a bucket of an emulator") { files, s3, azure, copies };
        command.SetAction(
            async (parsed, stop) =>
            {
                var named = parsed
                    .GetValue(files)!
                    .SelectMany(file =>
                        Enumerable.Range(0, parsed.GetValue(copies)).Select(copy => (file, Name(file, copy)))
                    )
                    .ToArray();
                if (parsed.GetValue(s3) is { } bucket)
                    await ToS3Async(bucket, named, stop);
                if (parsed.GetValue(azure) is { } container)
                    await ToAzureAsync(container, named, stop);
            }
        );
        return command;
    }

    private static string Name(FileInfo file, int copy) => copy == 0 ? file.Name : $"{copy:0000}-{file.Name}";

    private static async Task ToS3Async(string target, (FileInfo File, string Name)[] files, CancellationToken stop)
    {
        var (bucket, folder) = Split(target);
        var configuration = new AmazonS3Config { ForcePathStyle = true };
        configuration.ServiceURL = configuration.ServiceURL;
        using var client = new AmazonS3Client(configuration);
        await MakeAsync(client, bucket, stop);
        await Parallel.ForEachAsync(
            files,
            stop,
            async (file, token) =>
                await client.PutObjectAsync(
                    new PutObjectRequest
                    {
                        BucketName = bucket,
                        Key = $"{folder}/{file.Name}",
                        FilePath = file.File.FullName,
                        UseChunkEncoding = false,
                    },
                    token
                )
        );
    }

    private static async Task MakeAsync(AmazonS3Client client, string bucket, CancellationToken stop)
    {
        try
        {
            await client.PutBucketAsync(bucket, stop);
        }
        catch (AmazonS3Exception there) when (there.StatusCode == HttpStatusCode.Conflict)
        {
            // An earlier upload made it.
        }
    }

    private static async Task ToAzureAsync(string target, (FileInfo File, string Name)[] files, CancellationToken stop)
    {
        var (container, folder) = Split(target);
        var client = new BlobContainerClient(
            Environment.GetEnvironmentVariable("AZURE_STORAGE_CONNECTION_STRING"),
            container
        );
        await client.CreateIfNotExistsAsync(cancellationToken: stop);
        await Parallel.ForEachAsync(
            files,
            stop,
            async (file, token) =>
                await client
                    .GetBlobClient($"{folder}/{file.Name}")
                    .UploadAsync(file.File.FullName, overwrite: true, token)
        );
    }

    private static (string Bucket, string Folder) Split(string target)
    {
        var parts = target.Split('/', 2);
        return (parts[0], parts[1]);
    }
}
