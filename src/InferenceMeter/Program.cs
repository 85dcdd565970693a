using InferenceMeter.Cli;

return await RootCommandFactory.InvokeAsync(args);
